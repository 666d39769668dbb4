"""What needs PyTorch is collected only when `make train-check` asks for it."""

import os

collect_ignore = [] if os.environ.get("GSH_TRAIN_CHECK") else ["test_train_on_import.py"]

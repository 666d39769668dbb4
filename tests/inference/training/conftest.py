"""What needs PyTorch is collected only when `make train-check` asks for it, having installed it.

Users and CI run no PyTorch; what ships is checked without it in tests/inference/pipeline.
"""

import os

NEED_TORCH = [
    "test_vgg16.py",
    "test_loss.py",
    "test_train.py",
    "test_export.py",
    "test_calibrate.py",
    "test_ablation.py",
]
collect_ignore = [] if os.environ.get("GSH_TRAIN_CHECK") else NEED_TORCH

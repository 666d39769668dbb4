"""What needs PyTorch is collected only when `make train-check` asks for it, having installed it.

Users and CI run no PyTorch; what ships is checked without it in tests/inference/pipeline.
"""

import os
import tempfile
from pathlib import Path

NEED_TORCH = [
    "test_begin.py",
    "test_vgg16.py",
    "test_loss.py",
    "test_train.py",
    "test_pairs.py",
    "test_export.py",
    "test_ablation.py",
]
# PyTorch sets this at the first step of an optimiser; a test that changes the environment fails.
if os.environ.get("GSH_TRAIN_CHECK"):
    os.environ.setdefault(
        "TORCHINDUCTOR_CACHE_DIR", str(Path(tempfile.gettempdir()) / "torchinductor")
    )
collect_ignore = [] if os.environ.get("GSH_TRAIN_CHECK") else NEED_TORCH

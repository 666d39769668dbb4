"""What needs PyTorch is only collected where it is installed (`make train-check` installs it).

Users and CI run no PyTorch; what ships is checked without it in tests/inference/pipeline.
"""

from importlib.util import find_spec

collect_ignore = (
    []
    if find_spec("torch")
    else ["test_vgg16.py", "test_loss.py", "test_train.py", "test_export.py"]
)

"""What a report was made from and on, without dates, so that it can be made again."""

from __future__ import annotations

import hashlib
import os
import platform
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from inference.pipeline.network import Network
from inference.training.dataset import GENERATOR_SHA256
from inference.training.figures import SEED


def graph_sha256(path: Path) -> str:
    """Return the hash of a package's graph and weights, whatever its card says."""
    import onnx  # heavy

    graph = onnx.load(str(path), load_external_data=False).graph
    return hashlib.sha256(graph.SerializeToString(deterministic=True)).hexdigest()


def machine() -> dict[str, Any]:
    """Return the processor and the libraries whose arithmetic the figures rest on."""
    import onnxruntime  # heavy

    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "onnxruntime": str(onnxruntime.__version__),
    }


def provenance(network: Network, *, command: str, resamples: int) -> dict[str, Any]:
    """Return hashes, seeds, command and machine of a report on `network`."""
    return {
        "command": command,
        "package_sha256": network.sha256,
        "graph_sha256": graph_sha256(network.path),
        "generator_sha256": GENERATOR_SHA256,
        "training": {
            name: value
            for name, value in network.card.raw["training"].items()
            if isinstance(value, str | int | float | list)
        },
        "bootstrap": {"seed": SEED, "resamples": resamples, "unit": "person"},
        "runtime": network.runtime(),
        "machine": machine(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())

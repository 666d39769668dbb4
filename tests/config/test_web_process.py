"""What the web process loads: every address, and nothing that only workers need."""

import os
import subprocess
import sys

import pytest

ADDRESSES = """
import sys
import config.wsgi
from django.urls import get_resolver

def walk(patterns):
    for one in patterns:
        walk(getattr(one, "url_patterns", []))

walk(get_resolver().url_patterns)
print(" ".join(sorted({name.split(".")[0] for name in sys.modules} | set(sys.modules))))
"""
HEAVY = (
    "cv2", "numpy", "PIL",  # pictures are decoded and measured by workers
    "fontTools", "fpdf", "uharfbuzz",  # copies of consent, drawn when one is given
    "pywebpush", "aiohttp", "icalendar", "segno", "pyrage",
    "onnx", "onnxruntime", "torch", "scipy", "statsmodels", "pandas",
    "inference.training", "inference.demo",
)  # fmt: skip


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules of a process that has loaded every address."""
    told = subprocess.run(
        [sys.executable, "-c", ADDRESSES],
        capture_output=True, text=True, check=True, env={**os.environ, "GSH_ENV": "test"},
    )  # fmt: skip
    return set(told.stdout.split())


def test_every_address_is_loaded(loaded: set[str]) -> None:
    assert {"participants.capture.views.camera", "inference.exports.views"} <= loaded


@pytest.mark.parametrize("name", HEAVY)
def test_the_addresses_do_not_load(loaded: set[str], name: str) -> None:
    assert name not in loaded

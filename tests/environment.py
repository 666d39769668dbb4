"""Loaded by pytest before Django's settings: the tests' environment, before anything reads it."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("GSH_ENV", "test")
os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="gsh-tests-"))
Path(os.environ["VAR_DIR"], "static").mkdir(parents=True, exist_ok=True)

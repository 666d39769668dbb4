"""Loaded by pytest before Django's settings: the tests' environment, before anything reads it."""

import os
import tempfile

os.environ.setdefault("GSH_ENV", "test")
os.environ.setdefault("VAR_DIR", tempfile.mkdtemp(prefix="gsh-tests-"))

"""The environment that settings are read from: variables, ``.env``, and secrets kept in files."""

import os
from pathlib import Path
from typing import Any

import environ
from environ.fileaware_mapping import FileAwareMapping

BASE_DIR = Path(__file__).resolve().parent.parent


class SecretFiles(FileAwareMapping):  # type: ignore[misc]
    """``NAME_FILE`` names a file that holds ``NAME``; the end of its line is not part of it.

    Editors, ``echo`` and secret stores end a file with a line end. Read as part of a key it would
    seal names that the same key without it cannot open.
    """

    def __getitem__(self, key: str) -> str:
        value = str(super().__getitem__(key))
        return value.rstrip("\r\n") if self.env.get(f"{key}_FILE") else value


class Env(environ.Env):  # type: ignore[misc]
    ENVIRON: Any = SecretFiles()


def read_environment() -> Env:
    """Variables as they are, then those of the file ``ENV_FILE`` names, or of ``.env``."""
    Env.read_env(os.environ.get("ENV_FILE", str(BASE_DIR / ".env")))
    return Env()

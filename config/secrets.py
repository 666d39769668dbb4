"""Secrets for the demo and the tests, made once and kept in ``var/`` with owner-only rights."""

import os
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes


def development_secret(folder: Path, name: str) -> str:
    """The secret ``name`` kept in ``folder``; made on first use (32 random bytes, base64).

    Two processes starting at once agree on one secret: the file appears whole or not at all.
    """
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f"{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(urlsafe_b64encode(token_bytes(32)).decode())
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text()

"""Encryption of backups with age (https://age-encryption.org/v1), by streams.

Recipients are public keys: a machine that makes backups needs no secret that opens them.
"""

import io
from collections.abc import Iterable, Iterator
from typing import IO, Any

import pyrage
from django.conf import settings

from studies.backup.errors import NoTarget, Unreadable


class Stream(io.RawIOBase):
    """Bytes that an iterator yields, to be read as a file."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts: Iterator[bytes] = iter(parts)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer`` as far as one part goes; 0 at the end."""
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._rest = memoryview(part)
        number = min(len(buffer), len(self._rest))
        buffer[:number] = self._rest[:number]
        self._rest = self._rest[number:]
        return number


def make_key() -> tuple[str, str]:
    """A new identity (secret, opens backups) and its recipient (public, makes them)."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipients() -> list[Any]:
    """The public keys of ``BACKUP_RECIPIENTS``.

    Raises:
        NoTarget: there is none.
        ValueError: one is no age public key.
    """
    if not settings.BACKUP_RECIPIENTS:
        raise NoTarget("BACKUP_RECIPIENTS")
    return [_recipient(text) for text in settings.BACKUP_RECIPIENTS]


def _recipient(text: str) -> Any:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise ValueError(f"“{text[:12]}…” is no age public key (age1…): {error}") from error


def identities(text: str) -> list[Any]:
    """The secret keys in ``text``, a line each as age writes them; comments are left out.

    Raises:
        Unreadable: there is none, or one is no age secret key.
    """
    lines = [line.strip() for line in text.splitlines()]
    keys = [line for line in lines if line and not line.startswith("#")]
    try:
        opened = [pyrage.x25519.Identity.from_str(key) for key in keys]
    except pyrage.IdentityError as error:
        raise Unreadable(f"The file of the key holds no age secret key: {error}.") from error
    if not opened:
        raise Unreadable("The file of the key holds no age secret key (AGE-SECRET-KEY-1…).")
    return opened


def encrypt(source: io.RawIOBase | IO[bytes], target: IO[bytes]) -> None:
    """Read ``source`` to its end and write it encrypted; errors of both are raised as they came."""
    try:
        pyrage.encrypt_io(source, target, recipients())
    except pyrage.EncryptError as error:
        raise OSError(str(error)) from error


def encrypt_bytes(content: bytes) -> bytes:
    """``content``, encrypted."""
    return bytes(pyrage.encrypt(content, recipients()))


def decrypt(source: IO[bytes], target: IO[bytes], keys: list[Any], *, what: str) -> None:
    """Write what ``source`` holds encrypted; ``what`` names it in an error.

    Raises:
        Unreadable: none of ``keys`` opens it, or it was cut off or changed.
    """
    try:
        pyrage.decrypt_io(source, target, keys)
    except (pyrage.DecryptError, OSError) as error:
        raise Unreadable(_why(error, what)) from error


def decrypt_bytes(content: bytes, keys: list[Any], *, what: str) -> bytes:
    """What ``content`` holds encrypted; as ``decrypt``."""
    try:
        return bytes(pyrage.decrypt(content, keys))
    except (pyrage.DecryptError, OSError) as error:
        raise Unreadable(_why(error, what)) from error


def _why(error: Exception, what: str) -> str:
    if "matching keys" in str(error):
        return (
            f"{what} is encrypted for other keys: this key does not open it. Use the key whose "
            "public half was in BACKUP_RECIPIENTS when the backup was made."
        )
    return f"{what} was cut off or changed: it is not what was written ({error})."

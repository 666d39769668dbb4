"""Sealed envelopes for when the system is down: one file, opened with a passphrase, one at a time.

Without Django and without the database, so that any computer with Python and ``cryptography``
opens one: ``python -m participants.allocation.envelopes FILE SG01-0007``. The passphrase becomes a
key by scrypt (RFC 7914); each envelope has a key of its own from it (HKDF-SHA-256) and is sealed by
Fernet. All are of one length.
"""

import json
import os
import sys
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from getpass import getpass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

FORMAT = "gsh-envelopes@1"
SHORTEST = 20  # characters of a passphrase
COST = {"n": 2**15, "r": 8, "p": 1}  # 32 MiB, about a tenth of a second
LENGTH = 300


def sealed(passphrase: str, study: str, made_at: str, arms: Mapping[str, str]) -> dict[str, Any]:
    """The file: ``arms`` maps participants' codes to what stands in the envelope.

    Raises:
        ValueError: the passphrase is too short.
    """
    if len(passphrase) < SHORTEST:
        raise ValueError(f"The passphrase has at least {SHORTEST} characters.")
    salt = os.urandom(16)
    main = _main_key(passphrase, salt, COST)
    return {
        "format": FORMAT,
        "study": study,
        "made_at": made_at,
        "salt": salt.hex(),
        "scrypt": COST,
        "envelopes": {
            code: Fernet(_key(main, code)).encrypt(arm.ljust(LENGTH).encode()).decode()
            for code, arm in sorted(arms.items())
        },
    }


def opened(file: Mapping[str, Any], code: str, passphrase: str) -> str:
    """What stands in one envelope.

    Raises:
        KeyError: there is none for ``code``.
        cryptography.fernet.InvalidToken: the passphrase is another, or the file was changed.
    """
    token = file["envelopes"][code]
    main = _main_key(passphrase, bytes.fromhex(file["salt"]), file["scrypt"])
    return Fernet(_key(main, code)).decrypt(token).decode().rstrip()


def _main_key(passphrase: str, salt: bytes, cost: Mapping[str, int]) -> bytes:
    derive = Scrypt(salt=salt, length=32, n=cost["n"], r=cost["r"], p=cost["p"])
    return derive.derive(passphrase.encode())


def _key(main: bytes, code: str) -> bytes:
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"envelope {code}".encode())
    return urlsafe_b64encode(derive.derive(main))


def main(words: list[str]) -> int:
    """Open one envelope; 0 when it was opened."""
    if len(words) != 2:
        print("python -m participants.allocation.envelopes FILE CODE", file=sys.stderr)
        return 2
    file = json.loads(Path(words[0]).read_text())
    if words[1] not in file["envelopes"]:
        print(f"There is no envelope for {words[1]}.", file=sys.stderr)
        return 1
    try:
        print(opened(file, words[1], getpass("Passphrase: ")))
    except InvalidToken:
        print("The passphrase does not open it.", file=sys.stderr)
        return 1
    print("Write down who opened it, when and why, and enter it once the system is back.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

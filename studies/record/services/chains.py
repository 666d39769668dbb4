"""The key of a chain: what its hashes are made with, from which row on."""

from dataclasses import dataclass
from os import urandom

from studies.platform.sealing import opened_as, seal_as
from studies.record.models import AuditHead

KEY_BYTES = 32


@dataclass(frozen=True)
class ChainKey:
    """Rows from ``since`` on are keyed; earlier ones are of format 1, from before there was one."""

    since: int
    secret: bytes


def make_key(chain: str, *, since: int) -> bytes:
    """A fresh key for ``chain``, sealed; the row it counts from is sealed with it."""
    return seal_as(_whose(chain), f"{since}:".encode() + urandom(KEY_BYTES))


def key_of(head: AuditHead) -> ChainKey:
    """The key of the head's chain, opened.

    Raises:
        cryptography.fernet.InvalidToken: no key of ``IDENTITY_KEYS`` opens it, it is another
            chain's, or there is none.
    """
    since, _, secret = opened_as(_whose(head.chain), bytes(head.sealed_key)).partition(b":")
    return ChainKey(int(since), secret)


def _whose(chain: str) -> bytes:
    return f"chain {chain}:".encode()

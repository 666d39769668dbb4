"""What an allocation holds, as bytes under the installation's keys.

Every plaintext has one length, so that the length of what is sealed tells no arm from another.
"""

import json
from dataclasses import asdict, dataclass

from studies.platform.sealing import opened_as, seal_as

LENGTH = 160  # bytes of the JSON, filled with spaces


@dataclass(frozen=True)
class Given:
    """The code of an arm, and the number of the kit that belongs to it, if there is one."""

    arm: str
    kit: str = ""


def seal(whose: str, given: Given) -> bytes:
    """``given``, sealed; it opens only for the same ``whose``.

    Raises:
        ValueError: arm and kit are longer than their fields allow.
    """
    text = json.dumps(asdict(given), ensure_ascii=True)
    if len(text) > LENGTH:
        raise ValueError("An allocation does not fit into its sealed length.")
    return seal_as(f"{whose}\n".encode(), text.ljust(LENGTH).encode())


def opened(whose: str, sealed: bytes) -> Given:
    """What ``seal`` sealed.

    Raises:
        cryptography.fernet.InvalidToken: no key opens it, or it is somebody else's.
    """
    return Given(**json.loads(opened_as(f"{whose}\n".encode(), sealed)))

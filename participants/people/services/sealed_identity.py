"""Who a participant is, and how it is sealed at rest.

Sealing is ``platform.sealing``: the first of ``settings.IDENTITY_KEYS`` seals, every one of them
opens, so a key is replaced by putting a new one first, running ``rotate_identity_keys``, and then
removing the old one.
"""

import json
from dataclasses import asdict, dataclass, fields

from cryptography.fernet import InvalidToken

from participants.people.models import Participant
from studies.platform import sealing
from studies.platform.errors import NotFound


@dataclass(frozen=True)
class IdentityData:
    """Who a participant is. ``repr`` shows nothing, so that no log ever does."""

    name: str
    email: str = ""
    phone: str = ""

    def __repr__(self) -> str:
        return "IdentityData(…)"


def seal_bytes(content: bytes, *, owner: Participant) -> bytes:
    """``content`` sealed for ``owner``: it opens for no other participant."""
    return sealing.seal_as(_whose(owner), content)


def open_bytes(sealed: bytes, *, owner: Participant) -> bytes:
    """What ``seal_bytes`` sealed.

    Raises:
        NotFound: no configured key opens it, or it belongs to another participant.
    """
    try:
        return sealing.opened_as(_whose(owner), bytes(sealed))
    except InvalidToken as error:
        raise NotFound(
            "What was sealed for this participant cannot be opened with today's keys. Nothing is "
            "lost: ask the people who run this installation to bring back the earlier key."
        ) from error


def _whose(owner: Participant) -> bytes:
    return f"{owner.pk}:".encode()


def seal(*, participant: Participant, identity: IdentityData) -> bytes:
    """``identity`` as encrypted JSON, bound to ``participant`` (which must be saved)."""
    return seal_bytes(json.dumps(asdict(identity), ensure_ascii=False).encode(), owner=participant)


def unseal(*, participant: Participant, sealed: bytes) -> IdentityData:
    """What ``seal`` sealed; for services of this app, which check rights and record."""
    values = json.loads(open_bytes(sealed, owner=participant))
    return IdentityData(
        **{field.name: values.get(field.name, "") for field in fields(IdentityData)}
    )

"""Names and contacts: sealed at rest, opened for coordinators of the site only, and recorded.

Sealing is ``platform.sealing``: the first of ``settings.IDENTITY_KEYS`` seals, every one of them
opens, so a key is replaced by putting a new one first, running ``rotate_identity_keys``, and then
removing the old one.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from cryptography.fernet import InvalidToken
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, validate_email
from django.db import transaction
from django.utils import timezone

from participants.people.models import Identity, Participant
from participants.people.services.record import record_about
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform import sealing
from studies.platform.actors import Actor
from studies.platform.errors import NotFound, invalid
from studies.protocol.services.rights import require

_phone = RegexValidator(r"^\+?[0-9][0-9 ()./-]{5,24}$", "Use digits, for example +65 6123 4567.")


@dataclass(frozen=True)
class IdentityData:
    """Who a participant is. ``repr`` shows nothing, so that no log ever does."""

    name: str
    email: str = ""
    phone: str = ""

    def __repr__(self) -> str:
        return "IdentityData(…)"


# --- Sealing -----------------------------------------------------------------------------------


def seal_bytes(content: bytes, *, owner: Participant) -> bytes:
    """``content`` sealed for ``owner``: it opens for no other participant."""
    return sealing.keys().encrypt(f"{owner.pk}:".encode() + content)


def open_bytes(sealed: bytes, *, owner: Participant) -> bytes:
    """What ``seal_bytes`` sealed.

    Raises:
        NotFound: no configured key opens it, or it belongs to another participant.
    """
    try:
        content = sealing.keys().decrypt(bytes(sealed))
    except InvalidToken:
        content = b""
    prefix = f"{owner.pk}:".encode()
    if not content.startswith(prefix):
        raise NotFound(
            "What was sealed for this participant cannot be opened with today's keys. Nothing is "
            "lost: ask the people who run this installation to bring back the earlier key."
        )
    return content[len(prefix) :]


def seal(*, participant: Participant, identity: IdentityData) -> bytes:
    """``identity`` as encrypted JSON, bound to ``participant`` (which must be saved)."""
    return seal_bytes(json.dumps(asdict(identity), ensure_ascii=False).encode(), owner=participant)


def unseal(*, participant: Participant, sealed: bytes) -> IdentityData:
    """What ``seal`` sealed; for services of this app, which check rights and record."""
    values = json.loads(open_bytes(sealed, owner=participant))
    return IdentityData(
        **{field.name: values.get(field.name, "") for field in fields(IdentityData)}
    )


# --- Acts --------------------------------------------------------------------------------------


def clean_identity(identity: IdentityData) -> IdentityData:
    """``identity`` without stray spaces.

    Raises:
        Invalid: no name, no way to reach the person, or a malformed address or number.
    """
    tidy = IdentityData(
        name=" ".join(identity.name.split()),
        email=identity.email.strip(),
        phone=" ".join(identity.phone.split()),
    )
    problems: dict[str, str] = {}
    if not tidy.name or len(tidy.name) > 120:
        problems["name"] = "Enter the participant's name (up to 120 characters)."
    if not tidy.email and not tidy.phone:
        problems["phone"] = "Enter a phone number or an e-mail address."
    for field, check in (("email", validate_email), ("phone", _phone)):
        value = getattr(tidy, field)
        try:
            if value:
                check(value)
        except ValidationError as error:
            problems[field] = error.messages[0]
    if problems:
        raise invalid("The contact details need a correction.", problems)
    return tidy


@transaction.atomic
def keep_identity(
    *, participant: Participant, identity: IdentityData, by: Actor, reason: str = ""
) -> Identity:
    """Seal and store who ``participant`` is, in place of what was there.

    Raises:
        NotAllowed: ``by`` does not coordinate the participant's site.
        Invalid: see ``clean_identity`` and, for ``reason``, ``refuse_names_in``.
    """
    require(by, Permission.IDENTITY_VIEW, study=participant.study, site=participant.site)
    refuse_names_in(reason, participant=participant, field="reason")
    sealed = seal(participant=participant, identity=clean_identity(identity))
    row, created = Identity.objects.update_or_create(
        participant=participant, defaults={"sealed": sealed, "sealed_at": timezone.now()}
    )
    action = "identity.record" if created else "identity.correct"
    record_about(participant, action, by=by, target=row, reason=reason)
    return row


@transaction.atomic
def open_identity(*, participant: Participant, by: Actor) -> IdentityData:
    """Name and contact of ``participant``; that they were read is recorded.

    Raises:
        NotAllowed: ``by`` does not coordinate the participant's site.
        NotFound: no identity was recorded, or no key opens it.
    """
    if not isinstance(by, User) or not (
        Identity.objects.visible_to(by).filter(participant=participant).exists()
    ):
        require(by, Permission.IDENTITY_VIEW, study=participant.study, site=participant.site)
        raise NotFound(f"No name or contact is recorded for {participant.code}.")
    row = Identity.objects.get(participant=participant)
    opened = unseal(participant=participant, sealed=bytes(row.sealed))
    record_about(participant, "identity.view", by=by, target=row)
    return opened


def refuse_names_in(text: str, *, participant: Participant, field: str) -> None:
    """Refuse free text that names ``participant``: reasons are kept for ever, and read by many.

    Raises:
        Invalid: ``text`` holds the name, the e-mail address or the phone number.
    """
    row = Identity.objects.filter(participant=participant).first()
    if row is None or not text:
        return
    known = unseal(participant=participant, sealed=bytes(row.sealed))
    words = text.casefold()
    digits = "".join(filter(str.isdigit, text))
    number = "".join(filter(str.isdigit, known.phone))
    named: Sequence[str] = [known.name.casefold(), known.email.casefold()]
    if any(name and name in words for name in named) or (number and number in digits):
        raise invalid(
            "The text names the participant. It is kept in the audit trail, which is read by "
            f"people who may not know names: write {participant.code} instead.",
            {field: f"Write {participant.code} instead of the name or contact."},
        )

"""Names and contacts: opened for coordinators of the site only, and each look recorded.

``sealed_identity`` seals them at rest, ``identity_index`` lets them be found without being opened,
by ``duplicates`` and ``finding``.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, validate_email
from django.db import transaction
from django.utils import timezone

from participants.people.models import Identity, Participant
from participants.people.services import duplicates, invitations
from participants.people.services.identity_index import begin_index, write_index
from participants.people.services.record import record_about
from participants.people.services.sealed_identity import (
    IdentityData,
    open_bytes,
    seal,
    seal_bytes,
    unseal,
)
from participants.people.signals import contact_replaced
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.confirming import Confirmed, require_confirmed
from studies.platform.errors import NotFound, invalid
from studies.platform.seen import Seen
from studies.protocol.services.rights import require
from studies.record.unchanged import require_unchanged

__all__ = [
    "KEEP",
    "STOP",
    "IdentityData",
    "clean_identity",
    "keep_identity",
    "open_bytes",
    "open_identity",
    "refuse_names_in",
    "seal",
    "seal_bytes",
    "unseal",
]

# What becomes of the links that a former contact may have received.
STOP, KEEP = "stop", "keep"

_phone = RegexValidator(r"^\+?[0-9][0-9 ()./-]{5,24}$", "Use digits, for example +65 6123 4567.")


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
    *,
    participant: Participant,
    identity: IdentityData,
    by: Actor,
    reason: str = "",
    links: str = "",
    seen: Seen | None = None,
    confirmed: Confirmed = None,
) -> Identity:
    """Seal and store who ``participant`` is, in place of what was there.

    ``links`` says what becomes of links that were given or sent to the former contact: ``STOP`` or
    ``KEEP``. It has to be said when phone or e-mail change and a link still opens something.
    ``confirmed`` holds whom ``by`` says to be other people, where a correction makes contact or
    name the same as theirs.

    Raises:
        Unconfirmed: somebody enrolled has what is corrected here.
        NotAllowed: ``by`` does not coordinate the participant's site.
        ChangedMeanwhile: somebody has corrected it since ``seen``.
        Invalid: see ``clean_identity`` and, for ``reason``, ``refuse_names_in``; or nobody said
            what becomes of the links.
    """
    require(by, Permission.IDENTITY_VIEW, study=participant.study, site=participant.site)
    refuse_names_in(reason, participant=participant, field="reason")
    Participant.objects.select_for_update().get(pk=participant.pk)
    before = _known(participant)
    if before is not None:
        actions, code = ("identity.record", "identity.correct"), participant.code
        now, study = asdict(before), participant.study.code
        require_unchanged(seen, now, study=study, actions=actions, participant=code)
    after = clean_identity(identity)
    _require_said(links, participant, before, after)
    said: list[str] = []
    if before is not None and confirmed is not None:
        same = duplicates.doubts(participant=participant, identity=after, before=before, by=by)
        said = require_confirmed(same, confirmed)
    row, created = Identity.objects.update_or_create(
        participant=participant,
        defaults={
            "sealed": seal(participant=participant, identity=after),
            "sealed_at": timezone.now(),
        },
    )
    write_index(row, after)
    stopped = links == STOP and not created
    new: dict[str, Any] = {"links": "stopped"} if stopped else {}
    if said:
        new["confirmed"] = said
    record_about(
        participant,
        "identity.record" if created else "identity.correct",
        by=by,
        target=row,
        new=new or None,
        reason=reason,
    )
    if stopped:
        invitations.revoke_all(participant=participant, by=by, reason="The contact was corrected.")
        contact_replaced.send(sender=Participant, participant=participant)
    return row


def keep_first_identity(*, participant: Participant, identity: IdentityData, by: Actor) -> Identity:
    """Seal and store who somebody is that was just made; for services that have checked rights.

    Raises:
        Invalid: see ``clean_identity``.
    """
    clean = clean_identity(identity)
    row = Identity.objects.create(
        participant=participant,
        sealed=seal(participant=participant, identity=clean),
        sealed_at=timezone.now(),
    )
    begin_index(row, clean)
    record_about(participant, "identity.record", by=by, target=row)
    return row


def _known(participant: Participant) -> IdentityData | None:
    row = Identity.objects.filter(participant=participant).first()
    return unseal(participant=participant, sealed=bytes(row.sealed)) if row is not None else None


def _require_said(
    links: str, participant: Participant, before: IdentityData | None, after: IdentityData
) -> None:
    """Refuse another phone or e-mail without a word on links that the former one may have."""
    if before is None or (before.phone, before.email) == (after.phone, after.email):
        return
    if links not in {STOP, KEEP} and invitations.some_work(participant):
        raise invalid(
            "Links were given to this participant that still work.",
            {"links": "Say whether they stop: another person may have received them."},
        )


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
    known = _known(participant) if text else None
    if known is None:
        return
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

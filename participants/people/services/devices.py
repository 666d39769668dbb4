"""Phones that may go on sending photos after the session of the link is over.

A visit lasts days and a session twelve hours. What waits on the phone is to be sent, and the icon
on the home screen is to work, without the whole of the participant's pages staying open on it.
"""

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from participants.people.models import Device, Invitation
from participants.people.services.record import record_about
from participants.people.services.self_service import require_self_or
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.secrets import sha256_of

SECRET_BYTES = 32
KINDS = (
    ("iPad", r"iPad"),
    ("iPhone", r"iPhone"),
    ("Android phone", r"Android.*Mobile"),
    ("Android tablet", r"Android"),
)


@dataclass(frozen=True)
class Allowed:
    """A new device. The secret exists only here and in the browser's cookie."""

    device: Device
    secret: str = field(repr=False)


def kind_of(agent: str) -> str:
    """What kind of device a browser says it runs on; no model and no version of it is kept."""
    return next((name for name, pattern in KINDS if re.search(pattern, agent)), "Computer")


@transaction.atomic
def allow(*, invitation: Invitation, agent: str, until: datetime) -> Allowed:
    """Let the browser that just opened ``invitation`` send photos until ``until``.

    For views in which the participant has opened their link.
    """
    participant = invitation.participant
    secret = secrets.token_urlsafe(SECRET_BYTES)
    device = Device.objects.create(
        participant=participant,
        invitation=invitation,
        secret_sha256=sha256_of(secret),
        name=kind_of(agent),
        created_at=timezone.now(),
        expires_at=until,
    )
    record_about(
        participant,
        "device.allow",
        by=participant,
        target=device,
        new={"name": device.name, "expires_at": until.isoformat(timespec="seconds")},
    )
    return Allowed(device, secret)


def find(secret: str) -> Device | None:
    """The device that holds ``secret``, if its right still holds; changes nothing."""
    if not secret:
        return None
    related = Device.objects.usable(timezone.now()).select_related(
        "participant__study", "participant__site", "invitation"
    )
    return related.filter(secret_sha256=sha256_of(secret)).first()


@transaction.atomic
def revoke(*, device: Device, by: Actor) -> Device:
    """End the right of one phone at once; a second time changes nothing.

    Raises:
        NotAllowed: ``by`` neither issues links at the participant's site nor is the participant.
    """
    participant = device.participant
    require_self_or(Permission.INVITATION_EDIT, by=by, participant=participant)
    now = timezone.now()
    if Device.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=now):
        device.revoked_at = now
        record_about(participant, "device.revoke", by=by, target=device, new={"name": device.name})
    return device

"""Personal links: 256 random bits shown once, kept as a hash, expiring, and revocable."""

import hashlib
import secrets
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from participants.errors import LinkExpired, LinkRevoked, LinkUnknown
from participants.models import Invitation, Participant
from participants.services.record import record_about
from studies.actors import Actor
from studies.errors import StateRefused
from studies.permissions import Permission
from studies.services.rights import require

TOKEN_BYTES = 32


@dataclass(frozen=True)
class Issued:
    """A new link. The token exists only here: it is shown once, and never stored or logged."""

    invitation: Invitation
    token: str = field(repr=False)


def _sha256(token: str) -> str:
    # A plain hash is enough for 256 random bits: there is nothing to guess or to look up.
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def issue(*, participant: Participant, by: Actor) -> Issued:
    """Make a personal link for ``participant``; any earlier one stops working.

    Raises:
        NotAllowed: ``by`` may not issue links at the participant's site.
        StateRefused: the participant is not enrolled.
    """
    require(by, Permission.INVITATION_EDIT, study=participant.study, site=participant.site)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    if participant.state != Participant.State.ENROLLED:
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()}: a personal link is for "
            "enrolled participants. No link was made."
        )
    revoke_all(participant=participant, by=by, reason="A new link was made.")
    now = timezone.now()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        participant=participant,
        token_sha256=_sha256(token),
        created_by_id=int(by.actor_id),
        created_at=now,
        expires_at=now + settings.INVITATION_LIFETIME,
    )
    record_about(
        participant,
        "invitation.issue",
        by=by,
        target=invitation,
        new={"expires_at": invitation.expires_at.isoformat(timespec="seconds")},
    )
    return Issued(invitation, token)


@transaction.atomic
def redeem(*, token: str) -> Invitation:
    """The invitation that ``token`` opens; notes and records the use. It can be used again.

    Raises:
        LinkUnknown: no invitation has this token.
        LinkExpired, LinkRevoked: it had its time, or the study team stopped it.
    """
    found = Invitation.objects.select_for_update().select_related(
        "participant__study", "participant__site"
    )
    invitation = found.filter(token_sha256=_sha256(token)).first()
    if invitation is None:
        raise LinkUnknown(
            gettext(
                "This link is not complete or not right. Please open it from the message or the "
                "sheet you were given, or ask your study team for a new one."
            )
        )
    require_usable(invitation)
    now = timezone.now()
    invitation.first_used_at = invitation.first_used_at or now
    invitation.last_used_at = now
    invitation.save(update_fields=["first_used_at", "last_used_at"])
    participant = invitation.participant
    record_about(participant, "invitation.use", by=participant, target=invitation)
    return invitation


def require_usable(invitation: Invitation) -> None:
    """Refuse a link that no longer opens anything; changes nothing.

    Raises:
        LinkExpired, LinkRevoked: as they say.
    """
    if invitation.revoked_at is not None:
        raise LinkRevoked(
            gettext(
                "Your study team has stopped this link. Photos already sent are safe. Please use "
                "the newest link you were given, or ask your study team for one."
            )
        )
    if invitation.expires_at <= timezone.now():
        raise LinkExpired(
            gettext(
                "This link has reached its last day. Photos already sent are safe. Please ask "
                "your study team for a new link."
            )
        )


@transaction.atomic
def revoke(*, invitation: Invitation, by: Actor, reason: str = "") -> Invitation:
    """Stop a link at once; stopping it twice changes nothing.

    Raises:
        NotAllowed: ``by`` may not issue links at the participant's site.
    """
    participant = invitation.participant
    require(by, Permission.INVITATION_EDIT, study=participant.study, site=participant.site)
    _revoke(invitation, by, reason)
    return invitation


def revoke_all(*, participant: Participant, by: Actor, reason: str) -> int:
    """Stop every link of ``participant``; for services that have checked the right to."""
    live = list(participant.invitations.filter(revoked_at=None))
    for invitation in live:
        _revoke(invitation, by, reason)
    return len(live)


def _revoke(invitation: Invitation, by: Actor, reason: str) -> None:
    now = timezone.now()
    live = Invitation.objects.filter(pk=invitation.pk, revoked_at=None)
    if not live.update(revoked_at=now):
        invitation.refresh_from_db(fields=["revoked_at"])
        return
    invitation.revoked_at = now
    record_about(
        invitation.participant, "invitation.revoke", by=by, target=invitation, reason=reason
    )

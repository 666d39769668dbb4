"""Personal links: 256 random bits shown once, kept as a hash, expiring, and revocable."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext

from participants.people.errors import LinkExpired, LinkRevoked, LinkUnknown
from participants.people.models import Invitation, Participant, Screening
from participants.people.services.record import record_about
from studies.access.permissions import Permission
from studies.platform.actors import SYSTEM, Actor
from studies.platform.errors import StateRefused
from studies.protocol.services.rights import require

TOKEN_BYTES = 32
# Messages' links are many: those of no more use are forgotten after this time.
OVER_FOR = timedelta(days=30)
# Pages, and nothing that acts, answers scripts or hands out files.
TARGETS = {"home", "capture", "consent_review", "data", "language", "later", "reminders"}


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
    """Make a personal link for ``participant``; any earlier one, of a message too, stops working.

    Raises:
        NotAllowed: ``by`` may not issue links at the participant's site.
        StateRefused: the participant is neither enrolled nor screened and eligible.
    """
    require(by, Permission.INVITATION_EDIT, study=participant.study, site=participant.site)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    if not _may_have_link(participant):
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()}: a personal link is for "
            "those who are enrolled, or were found eligible and read the consent at home first. "
            "No link was made."
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
def issue_for_message(*, participant: Participant, target: str, days: int | None = None) -> Issued:
    """Make a short-lived link for a message, opening exactly ``target``; no other link is touched.

    ``target`` is an address of the participant's own pages, such as ``/my/reminders/``. ``days``
    is ``settings.MESSAGE_LINK_DAYS`` when left out.

    Raises:
        ValueError: ``target`` is no such address.
    """
    if not is_own_page(target):
        raise ValueError("A message's link leads to one of the participant's own pages.")
    now = timezone.now()
    over = Q(expires_at__lt=now - OVER_FOR) | Q(revoked_at__lt=now - OVER_FOR)
    of_messages = participant.invitations.filter(purpose=Invitation.Purpose.MESSAGE)
    of_messages.filter(over).delete()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    lifetime = timedelta(days=settings.MESSAGE_LINK_DAYS if days is None else days)
    invitation = Invitation.objects.create(
        participant=participant,
        token_sha256=_sha256(token),
        purpose=Invitation.Purpose.MESSAGE,
        target=target,
        created_at=now,
        expires_at=now + lifetime,
    )
    record_about(
        participant,
        "invitation.issue",
        by=SYSTEM,
        target=invitation,
        new={
            "purpose": Invitation.Purpose.MESSAGE.value,
            "opens": target,
            "expires_at": invitation.expires_at.isoformat(timespec="seconds"),
        },
    )
    return Issued(invitation, token)


def is_own_page(target: str) -> bool:
    """Whether ``target`` is a plain path to one of the pages that links may open."""
    if not target.startswith("/my/") or any(sign in target for sign in "?#\\%") or "//" in target:
        return False
    try:
        found = resolve(target)
    except Resolver404:
        return False
    return found.namespaces == ["my"] and found.url_name in TARGETS


def target_of(invitation: Invitation) -> str:
    """Where the link leads once its button was pressed; the home page unless it says another."""
    return invitation.target if is_own_page(invitation.target) else reverse("my:home")


def _may_have_link(participant: Participant) -> bool:
    if participant.state == Participant.State.SCREENED:
        return Screening.objects.filter(participant=participant, eligible=True).exists()
    return participant.state == Participant.State.ENROLLED


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

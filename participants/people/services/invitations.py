"""Personal links: 256 random bits shown once, kept as a hash, expiring, and revocable."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import unquote

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext

from participants.people.errors import LinkExpired, LinkRevoked, LinkUnknown
from participants.people.models import Invitation, Participant
from participants.people.services.record import record_about
from studies.access.permissions import Permission
from studies.platform.actors import SYSTEM, Actor
from studies.platform.errors import StateRefused
from studies.platform.secrets import sha256_of
from studies.protocol.services.rights import require

TOKEN_BYTES = 32
# Messages' links are many: those of no more use are forgotten after this time.
OVER_FOR = timedelta(days=30)
# Pages, and nothing that acts, answers scripts or hands out files.
TARGETS = {"home", "capture", "consent_review", "data", "language", "later", "reminders"}
# Nobody has a link before they are asked for their consent.
WITH_LINK = (
    Participant.State.CONSENTING,
    Participant.State.SCREENING,
    Participant.State.ELIGIBLE,
    Participant.State.ENROLLED,
)


@dataclass(frozen=True)
class Issued:
    """A new link. The token exists only here: it is shown after the act, and never logged."""

    invitation: Invitation
    token: str = field(repr=False)


@transaction.atomic
def issue(*, participant: Participant, by: Actor) -> Issued:
    """Make a personal link for ``participant``; any earlier one, of a message too, stops working.

    Raises:
        NotAllowed: ``by`` may not issue links at the participant's site.
        StateRefused: the participant is neither enrolled nor on the way there.
    """
    require(by, Permission.INVITATION_EDIT, study=participant.study, site=participant.site)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    if not may_have_link(participant):
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()}: a personal link is for "
            "those who are enrolled, or are asked for their consent and read it at home first. "
            "No link was made."
        )
    revoke_all(participant=participant, by=by, reason="A new link was made.")
    now = timezone.now()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        participant=participant,
        token_sha256=sha256_of(token),
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
def issue_for_message(
    *, participant: Participant, target: str, days: int | None = None, by: Actor = SYSTEM
) -> Issued:
    """Make a short-lived link for a message, opening exactly ``target``; no other link is touched.

    ``target`` is an address of the participant's own pages, such as ``/my/reminders/``. ``days``
    is ``settings.MESSAGE_LINK_DAYS`` when left out. ``by`` is the participant who takes a page to
    another browser of their phone.

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
        token_sha256=sha256_of(token),
        purpose=Invitation.Purpose.MESSAGE,
        target=target,
        created_at=now,
        expires_at=now + lifetime,
    )
    record_about(
        participant,
        "invitation.issue",
        by=by,
        target=invitation,
        new={
            "purpose": Invitation.Purpose.MESSAGE.value,
            "opens": target,
            "expires_at": invitation.expires_at.isoformat(timespec="seconds"),
        },
    )
    return Issued(invitation, token)


def is_own_page(target: str) -> bool:
    """Whether ``target`` is a plain path to one of the pages that links may open.

    It is one exactly if the page it leads to has that address, and no other that leads there, too.
    """
    if not target.startswith("/my/"):
        return False
    try:
        match = resolve(unquote(target))
    except Resolver404:
        return False
    if match.namespaces != ["my"] or match.url_name not in TARGETS:
        return False
    return reverse(match.view_name, args=match.args, kwargs=match.kwargs) == target


def target_of(invitation: Invitation) -> str:
    """Where the link leads once its button was pressed; the home page unless it says another."""
    return invitation.target if is_own_page(invitation.target) else reverse("my:home")


def may_have_link(participant: Participant) -> bool:
    """Whether they take part, or are asked for their consent and read it at home first."""
    return participant.state in WITH_LINK


@transaction.atomic
def redeem(*, token: str) -> Invitation:
    """The invitation that ``token`` opens; notes and records the use. It can be used again.

    Raises:
        LinkUnknown: no invitation has this token.
        LinkExpired, LinkRevoked: it had its time, or the study team stopped it.
    """
    invitations = Invitation.objects.select_for_update().select_related(
        "participant__study", "participant__site"
    )
    invitation = invitations.filter(token_sha256=sha256_of(token)).first()
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


def some_work(participant: Participant) -> bool:
    """Whether a link of ``participant``, their own or a message's, opens anything now."""
    return participant.invitations.usable(timezone.now()).exists()


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

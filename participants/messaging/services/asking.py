"""Staff ask for a message now: a reminder of the visit that is open, or the link to their page."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from participants.messaging.channels import configured
from participants.messaging.models import Message
from participants.messaging.services.composing import address_of
from participants.messaging.services.planning import make
from participants.messaging.services.rules import Rules, rules_of
from participants.messaging.services.standing import WHY, why_not
from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused
from studies.platform.work import WorkState
from studies.protocol.services.rights import require

Kind = Message.Kind
AGAIN_AFTER = timedelta(hours=12)  # sooner nobody is told the same again at one press


class AskedAlready(StateRefused):
    """The same message is on its way, or has just left: nobody is told twice."""

    code = "asked_already"


class NotReachable(StateRefused):
    """No channel of the study has an address of the participant, or they want no messages."""

    code = "not_reachable"


@transaction.atomic
def send_reminder(*, participant: Participant, by: Actor) -> Message:
    """Remind of the visit that is open and still lacks a photo; quiet hours are kept.

    Raises:
        NotAllowed: ``by`` may not give links at the participant's site.
        StateRefused: nobody takes part, no visit is open, or it is complete.
        AskedAlready, NotReachable: as they say.
    """
    participant = _locked(participant, by)
    visit = visits.open_visit(participant, visits.today(participant))
    if visit is None or visit.state == Visit.State.COMPLETE:
        raise StateRefused("No visit is open for photos today.")
    return _ask(participant, Kind.REMINDER, f"visit:{visit.pk}", by)


@transaction.atomic
def send_link(*, participant: Participant, by: Actor) -> Message:
    """Send the participant a link to their own page; quiet hours are kept. Other links stay.

    Raises:
        NotAllowed: ``by`` may not give links at the participant's site.
        StateRefused: they neither take part nor are asked for their consent.
        AskedAlready, NotReachable: as they say.
    """
    return _ask(_locked(participant, by), Kind.LINK, "", by)


def _locked(participant: Participant, by: Actor) -> Participant:
    rows = Participant.objects.select_for_update(of=("self",)).select_related("study", "site")
    locked = rows.get(pk=participant.pk)
    require(by, Permission.INVITATION_EDIT, study=locked.study, site=locked.site)
    return locked


def _ask(participant: Participant, kind: Kind, about: str, by: Actor) -> Message:
    rules, now = rules_of(participant), timezone.now()
    earlier = participant.messages.filter(kind=kind, about=about)
    _require_not_asked(earlier.order_by("-round").first(), rules)
    at = rules.after_quiet(now)
    problem = why_not(Message(participant=participant, kind=kind, about=about), rules, at)
    if problem:
        raise StateRefused(f"{WHY.get(problem, problem)}.")
    if not _reachable(participant, rules):
        raise NotReachable(
            "The participant wants no messages."
            if not rules.channels
            else "No channel of the study has an address of theirs."
        )
    message = make(participant, kind, about, at, number=earlier.count() + 1)
    record_about(
        participant, "message.ask", by=by, target=message, new={"kind": kind.value, "about": about}
    )
    return message


def _require_not_asked(last: Message | None, rules: Rules) -> None:
    if last is None:
        return
    if last.state in (WorkState.QUEUED, WorkState.RUNNING):
        at = date_format(last.due_at.astimezone(rules.zone), "j M, H:i")
        raise AskedAlready(f"On its way already, for {at} where they are.")
    sent = last.outcome in (Message.Outcome.SENT, Message.Outcome.UNKNOWN)
    if sent and last.sent_at is not None and timezone.now() - last.sent_at < AGAIN_AFTER:
        at = date_format(last.sent_at.astimezone(rules.zone), "j M, H:i")
        raise AskedAlready(f"Told already, on {at} where they are.")


def _reachable(participant: Participant, rules: Rules) -> bool:
    here = configured()
    return any(name in here and address_of(participant, name) for name in rules.channels)

"""Whether a message still has something to say: asked when planning, and again before sending.

An answer is a code, empty when the message stands. Codes are kept on the row and shown to staff
in the words of ``WHY``.
"""

from datetime import date, datetime, timedelta

from participants.capture.models import Photo
from participants.capture.services import progress
from participants.consent.services import consents
from participants.messaging.models import Message
from participants.messaging.services.rules import Rules
from participants.people.models import Participant
from participants.people.services.invitations import may_have_link
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.protocol.models import Study

Kind = Message.Kind
S = Visit.State
VISIT_KINDS = (Kind.VISIT_OPENS, Kind.VISIT_DUE, Kind.VISIT_CLOSING, Kind.VISIT_MISSED)
# Asked for by the participant, or owed to them: no quiet hours, no limit, no study setting.
AT_ONCE = (Kind.TEST, Kind.LATER, Kind.ERASURE_RECEIPT)
# Asked for by the study team: no study setting, but the participant's quiet hours and limit.
BY_STAFF = (Kind.REMINDER, Kind.LINK)
MISSED_FOR = timedelta(days=3)

WHY = {
    "ended": "Not taking part any more",
    "not_asked": "Not asked for their consent yet",
    "study_closed": "The study is not under way",
    "no_consent": "No consent in force",
    "consent_given": "The new consent was given",
    "switched_off": "Switched off in the study",
    "channel_off": "The participant wants no messages",
    "no_address": "No address that a channel can use",
    "complete": "The visit is complete",
    "begun": "The visit was begun",
    "cancelled": "The visit was cancelled",
    "too_late": "Too late for it",
    "seen": "Seen on the participant's own page",
    "replaced": "Another photo was sent",
    "not_planned": "No longer in the plan",
    "said": "Said in another message",
    "refused": "Every channel refused it",
    "unanswered": "The worker stopped while it was being sent",
}


def why_not(message: Message, rules: Rules, now: datetime) -> str:
    """Why ``message`` is not to be sent at ``now``, or nothing."""
    participant = message.participant
    kind = Kind(message.kind)
    if kind == Kind.ERASURE_RECEIPT:
        return ""
    if kind == Kind.TEST:
        gone = (Participant.State.WITHDRAWN, Participant.State.ERASED)
        return "ended" if participant.state in gone else ""
    if kind == Kind.LINK:
        return _why_no_link(participant)
    problem = why_not_at_all(participant)
    if problem:
        return problem
    if kind not in (*AT_ONCE, *BY_STAFF) and kind.value not in rules.kinds:
        return "switched_off"
    if kind == Kind.CONSENT_RENEW:
        return "" if consents.needs_new_consent(participant) else "consent_given"
    if consents.consent_in_force(participant) is None:
        return "no_consent"
    visit = visit_of(message)
    if visit is None:
        return "cancelled"
    if kind == Kind.RETAKE:
        return _why_no_retake(message, visit, now)
    return why_no_visit(kind, visit, now)


def why_not_at_all(participant: Participant) -> str:
    """Why nothing about the study is said to ``participant``."""
    if participant.state != Participant.State.ENROLLED:
        return "ended"
    return "study_closed" if participant.study.state != Study.State.ACTIVE else ""


def _why_no_link(participant: Participant) -> str:
    """Where the consent is missing, the link leads to where it is read and given."""
    if not may_have_link(participant):
        return "ended" if participant.enrolled_on else "not_asked"
    return "study_closed" if participant.study.state != Study.State.ACTIVE else ""


def why_no_visit(kind: str, visit: Visit, now: datetime) -> str:
    """Why nothing of ``kind`` is to be said about ``visit`` at ``now`` (but for its time to come).

    ``visit.participant`` gives the zone in which the window's days begin and end.
    """
    standing = visit.standing_on(_day(visit, now))
    if standing == S.CANCELLED:
        return "cancelled"
    if kind == Kind.VISIT_MISSED:
        if standing != S.MISSED:
            return "complete" if standing == S.COMPLETE else ""
        over = visits.midnight(visit.participant, visit.closes_on + timedelta(days=1))
        return "too_late" if now > over + MISSED_FOR else ""
    if standing == S.COMPLETE:
        return "complete"
    if standing == S.MISSED:
        return "too_late"
    if kind == Kind.RETAKE and _day(visit, now) < visit.opens_on:
        return "too_late"
    if kind == Kind.VISIT_OPENS:
        if standing == S.IN_PROGRESS:
            return "begun"
        if _day(visit, now) >= visit.scheduled_on > visit.opens_on:
            return "too_late"  # the message of the due day says more
    return ""


def visit_of(message: Message) -> Visit | None:
    """The visit that ``message`` is about, if it is about one and the visit is still there."""
    name, _, number = message.about.partition(":")
    if name != "visit":
        return None
    visits = Visit.objects.select_related("definition", "participant__study", "participant__site")
    return visits.filter(pk=number, participant=message.participant_id).first()


def photos_to_retake(visit: Visit) -> list[Photo]:
    """The photos turned down at ``visit`` that nobody has seen yet, in the order of the views."""
    turned_down = {
        photo.view: photo
        for photo in visit.photos.filter(state=Photo.State.RETAKE_WANTED).order_by("received_at")
    }
    missing = progress.missing_views(visit)
    undecided = visit.photos.filter(state__in=[Photo.State.RECEIVED, Photo.State.HELD])
    waiting = set(undecided.values_list("view", flat=True))
    wanted = [view for view in missing if view in turned_down and view not in waiting]
    return [turned_down[view] for view in wanted if not hasattr(turned_down[view], "retake_seen")]


def _why_no_retake(message: Message, visit: Visit, now: datetime) -> str:
    problem = why_no_visit(Kind.RETAKE, visit, now)
    if problem:
        return problem
    covered = [photo for photo in photos_to_retake(visit) if str(photo.pk) in message.covers]
    if covered:
        return ""
    unseen = visit.photos.filter(pk__in=message.covers, retake_seen=None)
    return "replaced" if unseen.exists() else "seen"


def _day(visit: Visit, now: datetime) -> date:
    return now.astimezone(visit.participant.zone).date()

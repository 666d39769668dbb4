"""Serious adverse events: told to the safety reader at once, reported within 24 hours."""

from contextlib import suppress
from datetime import datetime, tzinfo

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from participants.answers.errors import AnswersFixed
from participants.answers.models import COUNTED, Revision, SafetyNotice, SeriousEvent, Submission
from participants.answers.services.contents import content_of
from participants.people.models import Participant
from participants.people.services.record import record_about
from studies.access.models import Membership, User
from studies.access.permissions import Permission, Role
from studies.assignments.models import Assignment
from studies.assignments.roles import KNOWN_SINCE, SERIOUS, YES
from studies.instruments.judging import Answers
from studies.platform.actors import Actor
from studies.platform.work import Claim, notify_on_commit
from studies.protocol.services.rights import require


def note_seriousness(revision: Revision, *, by: Actor) -> None:
    """Begin the clock of a serious event, or end it where a form says otherwise now.

    For services that have checked rights; in the transaction that changed the form.
    """
    row = revision.submission
    if row.assignment.role != Assignment.Role.ADVERSE_EVENT:
        return
    answers = content_of(revision, row.participant).answers
    serious = row.state in COUNTED and _answer(answers, SERIOUS) == YES
    event = SeriousEvent.objects.filter(submission=row).first()
    if not serious:
        if event is not None and event.over_at is None:
            SeriousEvent.objects.filter(pk=event.pk).update(over_at=timezone.now())
            _record(row, "adverse_event.no_longer_serious", by=by)
        return
    said = _moment(_answer(answers, KNOWN_SINCE), row.participant.zone)
    known = min(said or revision.received_at, revision.received_at)
    if event is not None and event.over_at is None:
        if said is not None and event.reported_at is None and known != event.known_at:
            due = known + SeriousEvent.CLOCK  # a correction moves the clock that still runs
            SeriousEvent.objects.filter(pk=event.pk).update(known_at=known, due_at=due)
        return
    event, _new = SeriousEvent.objects.update_or_create(
        submission=row,
        defaults={"known_at": known, "due_at": known + SeriousEvent.CLOCK, "over_at": None},
    )
    notice, new = SafetyNotice.objects.get_or_create(event=event, recipient=None)
    if new:
        notify_on_commit(notice)
    _record(row, "adverse_event.serious", by=by)


@transaction.atomic
def report_event(*, event: SeriousEvent, by: Actor) -> SeriousEvent:
    """Say that a serious event was reported to the sponsor; its clock stops.

    Raises:
        AnswersFixed: it was reported before, or is serious no longer.
        NotAllowed: ``by`` may not fill in questionnaires at the participant's site.
    """
    participant = event.submission.participant
    require(by, Permission.ANSWER_EDIT, study=participant.study, site=participant.site)
    now = timezone.now()
    open_events = SeriousEvent.objects.running().filter(pk=event.pk)
    if not open_events.update(reported_at=now, reported_by=int(by.actor_id)):
        raise AnswersFixed(
            "This event was marked as reported before, or is serious no longer. Nothing was "
            "changed; reload the page to see how it stands."
        )
    event.refresh_from_db()
    _record(event.submission, "adverse_event.report", by=by)
    return event


def running_events(participant: Participant) -> list[SeriousEvent]:
    """The serious events of ``participant`` that nobody has marked as reported."""
    rows = SeriousEvent.objects.running().filter(submission__participant=participant)
    return list(rows.select_related("submission__assignment"))


# --- The mail ----------------------------------------------------------------------------------


def send_notice(claim: Claim[SafetyNotice]) -> None:
    """Send the mail to its recipient; without one, make a notice for each who is to be told.

    The work of ``studies.platform.work.perform``. A worker that dies between sending and writing
    that down sends it again: read twice is better than never.
    """
    related = "event__submission__participant__study", "event__submission__participant__site"
    notice = SafetyNotice.objects.select_related(*related, "recipient").get(pk=claim.row.pk)
    participant, recipient = notice.event.submission.participant, notice.recipient
    if recipient is not None and recipient in told_of(participant):
        subject = f"{participant.code}: serious adverse event"
        send_mail(subject, _words(notice.event), settings.DEFAULT_FROM_EMAIL, [recipient.email])
    with claim.completing():
        if recipient is None:
            for person in told_of(participant):
                made, new = SafetyNotice.objects.get_or_create(event=notice.event, recipient=person)
                if new:
                    notify_on_commit(made)


def told_of(participant: Participant) -> list[User]:
    """The safety readers of the participant's site; where there is none, the study's managers."""
    site = participant.site
    here = Membership.objects.awake().filter(Q(site=site) | Q(site=None), study=site.study_id)
    for role in (Role.SAFETY_READER, Role.MANAGER):
        people = User.objects.filter(
            pk__in=here.filter(role=role).values("user"), is_active=True
        ).order_by("pk")
        if people:
            return list(people)
    return []


def _words(event: SeriousEvent) -> str:
    row = event.submission
    participant = row.participant
    path = reverse(
        "participants:questionnaire",
        args=[participant.study.code, participant.code, row.assignment.code, row.number],
    )
    context = {
        "event": event,
        "participant": participant,
        "study": participant.study,
        "url": settings.SITE_URL + path,
    }
    return render_to_string("participants/answers/email/serious_event.txt", context)


def _answer(answers: Answers, name: str) -> str:
    """The answer to a question wherever in the form it stands; the first of a repeat."""
    found = sorted(path for path in answers if path.endswith(f"/{name}[1]"))
    return answers[found[0]] if found else ""


def _moment(text: str, zone: tzinfo) -> datetime | None:
    """What a form says of a moment; without a zone of its own it is the site's."""
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    return None


def _record(row: Submission, action: str, *, by: Actor) -> None:
    new = {"questionnaire": row.assignment.code, "number": row.number}
    record_about(row.participant, action, by=by, target=row, new=new)

"""Edit checks at work: what breaks one is asked about once, and closes itself when put right."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils import timezone

from participants.answers.models import COUNTED, Submission
from participants.answers.services.contents import content_of
from participants.capture.models import Photo
from participants.people.models import Participant
from participants.queries.models import CheckRun, Query, QueryEntry
from participants.queries.places import Place
from participants.queries.services.asking import add_query, due_day, note_by_product
from participants.visits.models import Visit
from studies.edit_checks.judging import Check, broken, broken_of_visit
from studies.edit_checks.models import EditCheck
from studies.platform.actors import SYSTEM
from studies.platform.work import Claim, notify_on_commit
from studies.protocol.models import Study

State, Act = Query.State, QueryEntry.Act
SETTLED = "The data no longer break the check."
DROPPED = "The check is no longer part of the protocol."
_MADE = (Visit.State.COMPLETE, Visit.State.MISSED)


def ask_for_checks(submission: Submission) -> None:
    """Have a form checked soon; in the transaction that changed it."""
    study, code = submission.participant.study_id, submission.assignment.code
    if not EditCheck.objects.filter(study=study, place__startswith=f"{code}/").exists():
        return
    _queue(CheckRun(participant=submission.participant, submission=submission))


def ask_for_visit_checks(participant: Participant) -> None:
    """Have somebody's visits checked soon; in the transaction that moved one."""
    if EditCheck.objects.filter(study=participant.study_id, place="").exists():
        _queue(CheckRun(participant=participant))


def check_again(study: Study, forms: Iterable[str]) -> int:
    """Have everything checked whose checks are others now; how many runs that makes."""
    runs = []
    for code in forms:
        if not code:
            people = Participant.objects.filter(study=study, visits__state__in=_MADE).distinct()
            runs += [CheckRun(participant=who) for who in people]
            continue
        rows = Submission.objects.filter(participant__study=study, assignment__code=code)
        for row in rows.exclude(state=Submission.State.DRAFT).select_related("participant"):
            runs.append(CheckRun(participant=row.participant, submission=row))
    for run in runs:
        _queue(run)
    return len(runs)


def _queue(run: CheckRun) -> None:
    run.save()
    notify_on_commit(run)


def run_checks(claim: Claim[CheckRun]) -> None:
    """Judge one form, or one person's visits, and raise, reopen and close what follows.

    The work of ``studies.platform.work.perform``. Judged outside the transaction; what was
    corrected meanwhile has a run of its own.
    """
    related = "participant__study", "participant__site", "submission__assignment"
    run = CheckRun.objects.select_related(*related, "submission__version").get(pk=claim.row.pk)
    participant = run.participant
    checks = {row.code: row for row in EditCheck.objects.filter(study=participant.study_id)}
    usable = participant.data_use == Participant.DataUse.FULL
    usable = usable and participant.state != Participant.State.ERASED
    places = _places(run, list(checks.values())) if usable else {}
    with claim.completing():
        if usable:
            _settle(run, places, checks)


Places = dict[tuple[str, int, str], Place]  # check, submission's or visit's key, field → where


def _places(run: CheckRun, checks: list[EditCheck]) -> Places:
    if run.submission is not None:
        return _of_form(run.submission, run.participant, checks)
    return _of_visits(run.participant, [one for one in checks if not one.place])


def _of_form(row: Submission, who: Participant, checks: list[EditCheck]) -> Places:
    code = row.assignment.code
    mine = [Check(one.code, one.question, one.when) for one in checks if one.form == code]
    if row.state not in COUNTED or not mine:
        return {}
    revision = row.latest
    answers = content_of(revision, who).answers
    at = revision.filled_at.astimezone(who.zone)
    found = broken(row.version.form, answers, mine, at=at, zone=str(who.zone))
    return {
        (one.code, row.pk, one.path): Place(
            who, Query.About.ANSWER, one.path, code, submission=row, visit=row.visit
        )
        for one in found
    }


def _of_visits(who: Participant, checks: list[EditCheck]) -> Places:
    mine = [Check(one.code, "", one.when) for one in checks]
    places: Places = {}
    for visit in who.visits.filter(state__in=_MADE).select_related("definition") if mine else ():
        at = (visit.completed_at or timezone.now()).astimezone(who.zone)
        for code in broken_of_visit(facts_of(visit, who), mine, at=at, zone=str(who.zone)):
            places[(code, visit.pk, "")] = Place(who, Query.About.VISIT, visit=visit)
    return places


def facts_of(visit: Visit, who: Participant) -> dict[str, Any]:
    """What a check on visits may ask for (``studies.edit_checks.judging.VISIT``)."""
    made = visit.completed_at.astimezone(who.zone).date() if visit.completed_at else None
    photos = Photo.objects.filter(visit=visit)
    return {
        "visit": visit.definition.code,
        "state": visit.state,
        "day": (made - who.enrolled_on).days if made and who.enrolled_on else None,
        "off": (made - visit.scheduled_on).days if made else None,
        "outside": _outside(visit, made) if made else None,
        "photos": photos.filter(state=Photo.State.ACCEPTED).count(),
        "retakes": photos.filter(state__in=("retake_wanted", "replaced", "excluded")).count(),
    }


def _outside(visit: Visit, made: date) -> int:
    return max((visit.opens_on - made).days, (made - visit.closes_on).days, 0)


def _settle(run: CheckRun, places: Places, checks: dict[str, EditCheck]) -> None:
    """Raise what is new, reopen what the product had closed, close what holds no longer."""
    rows = Participant.objects.select_for_update(of=("self",)).select_related("study", "site")
    who = rows.get(pk=run.participant_id)
    there = Query.objects.filter(participant=who).exclude(check_code="")
    if run.submission is not None:
        there = there.filter(submission=run.submission)
    else:
        there = there.filter(about=Query.About.VISIT)
    known = {_key(row): row for row in there.select_related("visit__definition")}
    closed = Study.objects.filter(pk=who.study_id, state=Study.State.CLOSED).exists()
    for key, place in places.items():
        row = known.pop(key, None)
        words = checks[key[0]].words
        if row is None and not closed:
            add_query(place, who, text=words, by=SYSTEM, check_code=key[0])
        elif row is not None and row.state == State.CLOSED and _by_product(row) and not closed:
            row.participant = who
            row.move(State.REOPENED, closed_at=None, due_on=due_day(who))
            note_by_product(row, Act.REOPENED, "query.reopen", words, by=SYSTEM)
    for row in known.values():
        if row.state != State.CLOSED:
            row.participant = who
            row.move(State.CLOSED, closed_at=timezone.now())
            said = SETTLED if row.check_code in checks else DROPPED
            note_by_product(row, Act.CLOSED, "query.close", said, by=SYSTEM)


def _key(row: Query) -> tuple[str, int, str]:
    about = row.submission_id if row.about == Query.About.ANSWER else row.visit_id
    return (row.check_code, about or 0, row.field)


def _by_product(row: Query) -> bool:
    """Whether nobody, but the product, closed it: what a person has accepted stays accepted."""
    last = row.entries.last()
    return last is not None and last.by_id is None

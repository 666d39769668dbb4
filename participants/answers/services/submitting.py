"""Submitting a form: judged by the server with the phone's engine, kept once, never overwritten."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from participants.answers.errors import (
    AlreadyAnswered,
    AnswersConflict,
    AnswersRefused,
    VersionSuperseded,
)
from participants.answers.models import Revision, Submission
from participants.answers.services.after import note_submitted
from participants.answers.services.alerts import rules_fulfilled
from participants.answers.services.contents import Content
from participants.answers.services.filled import Filled
from participants.answers.services.slots import (
    Slot,
    find_slot,
    require_open,
    require_reached,
)
from participants.consent.services import consents
from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.people.services.self_service import is_self, require_self_or
from participants.visits import services as visits
from studies.access.permissions import Permission
from studies.assignments.models import Assignment
from studies.instruments.engine import ENGINE
from studies.instruments.judging import Judgement, judge
from studies.instruments.models import InstrumentVersion
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused
from studies.protocol.models import Study

SLACK = timedelta(minutes=5)
# A phone without a line cannot know of a new version; what it began within these days is taken.
UNKNOWING = timedelta(days=3)
# Whoever of staff submits has seen the draft; one that a phone overtook stays beside its answers.
NO_DRAFT: Final[dict[str, Any]] = {"sealed_draft": b"", "draft_at": None, "draft_by_id": None}
FURTHEST = timedelta(days=20 * 366)  # a clock that is off by more was never set


@dataclass(frozen=True)
class Moments:
    """When a form was begun and finished, by our clock; ``off`` is what the phone's lacked."""

    begun: datetime
    finished: datetime
    received: datetime
    off: int = field(default=0)


def submit(
    *, participant: Participant, assignment: Assignment, place: str, filled: Filled, by: Actor
) -> Revision:
    """Take the answers of one form, once the engine has judged them; the first revision.

    ``place`` is ``Slot.place``; empty for one more of what is asked as needed. The same
    ``request_id`` with the same answers again returns the revision there is.

    Raises:
        AnswersRefused: the form would not have taken them; ``detail["answers"]`` says which.
        AlreadyAnswered: somebody has submitted this form before; theirs stay.
        AnswersConflict: other answers were sent under this ``request_id``.
        VersionSuperseded: it was begun in a version that was asked no longer.
        FormNotAsked, FormNotOpen: not of this person, or not on this day.
        ConsentMissing, ConsentOutdated, StateRefused, NotAllowed: nothing may be collected.
        EngineFailed: nothing was decided; the same may be sent again.
    """
    require_self_or(Permission.ANSWER_EDIT, by=by, participant=participant)
    there = sent_before(participant, filled)
    if there is not None:
        return there
    require_collected(participant, by=by)
    slot = find_slot(participant, assignment, place)
    moments = moments_of(filled)
    version = version_of(slot, filled, moments)
    _require_free(slot)
    if is_self(by, participant):
        require_open(slot, moments.finished.astimezone(participant.zone).date())
    else:
        require_reached(slot, visits.today(participant))
    judgement = judged(version, filled)
    raised = rules_fulfilled(assignment, version, filled)
    try:
        with transaction.atomic():
            locked = lock(participant)
            require_collected(locked, by=by)
            slot = find_slot(locked, assignment, place)
            _require_free(slot)
            row = slot.submission or _begin(slot, version, moments.begun)
            row.move(
                Submission.State.SUBMITTED,
                submitted_at=moments.received,
                **({} if is_self(by, participant) else NO_DRAFT),
            )
            revision = keep(row, filled, judgement, moments, by=by)
            _record(revision, by=by)
            note_submitted(revision, raised, by=by)
            return revision
    except IntegrityError:  # sent twice at the same moment: the other request was first
        there = sent_before(participant, filled)
        if there is None:
            raise
        return there


def sent_before(participant: Participant, filled: Filled) -> Revision | None:
    """The revision that came of the same request, if there is one.

    Raises:
        AnswersConflict: it holds other answers, or is somebody else's.
    """
    there = Revision.objects.filter(request_id=filled.request_id).select_related("submission")
    known = there.first()
    if known is None:
        return None
    if known.sha256 != filled.sha256 or known.submission.participant_id != participant.pk:
        raise AnswersConflict(
            _(
                "Other answers were sent under the same number before. Those were kept, and these "
                "were not. Please open the questionnaire again."
            )
        )
    return known


def require_collected(participant: Participant, *, by: Actor) -> None:
    """Refuse unless answers of ``participant`` may be collected now, as photos are.

    Raises:
        StateRefused: they do not take part, or the study is not active.
        ConsentMissing, ConsentOutdated: there is no consent for it.
    """
    if participant.state != Participant.State.ENROLLED:
        raise StateRefused(
            _("You are not taking part in this study at the moment. Nothing was sent or kept.")
            if is_self(by, participant)
            else f"{participant.code} is {participant.get_state_display()}: answers are collected "
            "from those who take part. Nothing was kept."
        )
    if Study.objects.filter(pk=participant.study_id).exclude(state=Study.State.ACTIVE).exists():
        raise StateRefused(_("This study is closed. Nothing was sent or kept."))
    if is_self(by, participant):
        consents.require_current_consent(participant)
    else:
        consents.require_consent(participant)


def moments_of(filled: Filled) -> Moments:
    """When it was filled in, by our clock: the phone's is put right, and never in the future."""
    now = timezone.now()
    off = now - filled.sent_at
    if abs(off) <= SLACK or abs(off) > FURTHEST:
        off = timedelta(0) if abs(off) <= SLACK else now - filled.finished_at
    finished = min(filled.finished_at + off, now)
    begun = min(filled.begun_at + off, finished)
    return Moments(begun, finished, now, int(off.total_seconds()))


def version_of(slot: Slot, filled: Filled, moments: Moments) -> InstrumentVersion:
    """The version it was filled in: the one it was begun in, as long as that was asked then.

    Raises:
        VersionSuperseded: another one is asked since longer than a phone can have missed.
        AnswersRefused: there is no such version.
    """
    if slot.submission is not None and filled.version == slot.version.number:
        return slot.version
    rows = InstrumentVersion.objects.filter(instrument=slot.assignment.instrument_id)
    version = rows.exclude(state="draft").filter(number=filled.version).first()
    if version is None:
        raise AnswersRefused(
            _("This questionnaire has no such version. Please open it again."),
            detail={"answers": []},
        )
    over = version.superseded_at
    if over is not None and moments.begun > over + UNKNOWING:
        raise VersionSuperseded(
            _(
                "There is a newer version of this questionnaire, so these answers were not taken. "
                "Please open it again and answer the newer one."
            )
        )
    return version


def judged(version: InstrumentVersion, filled: Filled) -> Judgement:
    """The engine's word on the answers, as on the phone's own day.

    Raises:
        AnswersRefused: the form would not have taken them.
        EngineFailed: nothing was decided.
    """
    judgement = judge(
        version.form, version.xform, filled.xml, at=filled.finished_at, zone=filled.zone
    )
    if judgement.accepted:
        return judgement
    problems = [{"ref": problem.ref, "text": problem.text} for problem in judgement.problems]
    raise AnswersRefused(
        _("Some answers cannot be taken as they are. Nothing was kept of them here yet."),
        detail={"answers": problems},
    )


def keep(
    row: Submission,
    filled: Filled,
    judgement: Judgement,
    moments: Moments,
    *,
    by: Actor,
    reason: str = "",
) -> Revision:
    """One more revision of ``row``; for services that have checked rights and judged."""
    content = Content(filled.xml, judgement.answers, reason)
    staff = by.actor_kind == "staff"
    return Revision.objects.create(
        submission=row,
        number=row.revisions.count() + 1,
        request_id=filled.request_id,
        sealed=content.sealed(row.participant),
        sha256=filled.sha256,
        engine=ENGINE,
        finished_at=filled.finished_at,
        filled_at=moments.finished,
        received_at=moments.received,
        clock_off=moments.off,
        zone=filled.zone,
        by_kind="staff" if staff else "participant",
        by_id=int(by.actor_id) if staff else None,
    )


def lock(participant: Participant) -> Participant:
    """The participant with the row locked, the first of all rows."""
    rows = Participant.objects.select_for_update(of=("self",)).select_related("study", "site")
    return rows.get(pk=participant.pk)


def about(row: Submission) -> dict[str, object]:
    """What the audit trail says of a form: which, never what was answered."""
    return {
        "questionnaire": row.assignment.code,
        "version": row.version.number,
        **({"visit": row.visit.definition.code} if row.visit else {}),
        **({"day": row.day.isoformat()} if row.day else {}),
        **({"number": row.number} if row.visit is None and row.day is None else {}),
    }


def _require_free(slot: Slot) -> None:
    row = slot.submission
    if row is not None and row.state != Submission.State.DRAFT:
        raise AlreadyAnswered(
            _(
                "This questionnaire was answered already, and those answers stay. If something in "
                "them is wrong, your study team can correct it."
            )
        )


def _begin(slot: Slot, version: InstrumentVersion, begun_at: datetime) -> Submission:
    return Submission.objects.create(
        participant=slot.participant,
        assignment=slot.assignment,
        version=version,
        visit=slot.visit,
        day=slot.day,
        number=slot.number,
        begun_at=begun_at,
    )


def _record(revision: Revision, *, by: Actor) -> None:
    row = revision.submission
    record_about(
        row.participant,
        "answers.submit",
        by=by,
        target=row,
        new={**about(row), "revision": revision.number, "sha256": revision.sha256},
    )

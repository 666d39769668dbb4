"""Correcting answers with a reason, and striking a form through: the earlier ones stay."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from participants.answers.errors import AnswersFixed
from participants.answers.models import COUNTED, Revision, Submission
from participants.answers.services.after import note_submitted
from participants.answers.services.alerts import rules_fulfilled
from participants.answers.services.contents import content_of
from participants.answers.services.drafts import require_as_seen
from participants.answers.services.filled import Filled
from participants.answers.services.slots import slot_of
from participants.answers.services.submitting import (
    about,
    judged,
    keep,
    lock,
    moments_of,
    sent_before,
)
from participants.people.models import Participant
from participants.people.services import identity
from participants.people.services.record import record_about
from studies.access.permissions import Permission
from studies.instruments.judging import Answers
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, ReasonMissing, StateRefused
from studies.platform.seen import Seen
from studies.protocol.errors import StudyClosed
from studies.protocol.models import Study
from studies.protocol.services.rights import require

LONGEST_REASON = 500
NOTED = frozenset({"start", "end", "today"})


def correct(
    *, submission: Submission, filled: Filled, reason: str, by: Actor, seen: Seen | None = None
) -> Revision:
    """Take other answers for a submitted form, as its next revision; the earlier ones stay.

    Raises:
        ReasonMissing: nobody says why.
        AnswersFixed: it was never submitted, is struck through, or nothing differs.
        AnswersRefused: the form would not have taken them.
        ChangedMeanwhile: somebody else corrected it after the page was opened.
        StudyClosed, StateRefused, NotAllowed, EngineFailed: as their messages say.
    """
    participant = submission.participant
    require(by, Permission.ANSWER_EDIT, study=participant.study, site=participant.site)
    there = sent_before(participant, filled)
    if there is not None:
        return there
    _require_data_open(participant)
    reason = tidy_reason(reason, participant=participant, why="Say why the answers change.")
    judgement = judged(submission.version, filled)
    raised = rules_fulfilled(submission.assignment, submission.version, filled)
    try:
        with transaction.atomic():
            row = _counted(submission, by=by, seen=seen)
            before = content_of(row.latest, row.participant).answers
            if _given(row, before) == _given(row, judgement.answers):
                raise AnswersFixed("These are the answers that are there. Nothing was changed.")
            row.move(Submission.State.CORRECTED, sealed_draft=b"", draft_at=None, draft_by_id=None)
            revision = keep(row, filled, judgement, moments_of(filled), by=by, reason=reason)
            record_about(
                row.participant,
                "answers.correct",
                by=by,
                target=row,
                old={"answers": _differing(_given(row, before), judgement.answers)},
                new={
                    **about(row),
                    "revision": revision.number,
                    "sha256": revision.sha256,
                    "answers": _differing(_given(row, judgement.answers), before),
                },
                reason=reason,
            )
            note_submitted(revision, raised, by=by)
            return revision
    except IntegrityError:  # sent twice at the same moment: the other request was first
        there = sent_before(participant, filled)
        if there is None:
            raise
        return there


@transaction.atomic
def strike(
    *, submission: Submission, reason: str, by: Actor, seen: Seen | None = None
) -> Submission:
    """Strike a form through that should never have been submitted; its answers count no more.

    Raises:
        ReasonMissing: nobody says why.
        AnswersFixed: it was never submitted, or is struck through.
        ChangedMeanwhile, StudyClosed, StateRefused, NotAllowed: as their messages say.
    """
    row = _counted(submission, by=by, seen=seen)
    _require_data_open(row.participant)
    reason = tidy_reason(
        reason, participant=row.participant, why="Say why the answers are struck through."
    )
    row.move(Submission.State.STRUCK, struck_at=timezone.now())
    record_about(
        row.participant, "answers.strike", by=by, target=row, new=about(row), reason=reason
    )
    note_submitted(row.latest, [], by=by)
    return row


def tidy_reason(reason: str, *, participant: Participant, why: str) -> str:
    """The reason without stray spaces; ``why`` is the sentence that asks for one.

    Raises:
        ReasonMissing: nobody says why.
        Invalid: it names the participant, or is too long.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise ReasonMissing(why, detail={"fields": {"reason": [why]}})
    if len(reason) > LONGEST_REASON:
        message = f"Say it in at most {LONGEST_REASON} characters."
        raise Invalid(message, detail={"fields": {"reason": [message]}})
    identity.refuse_names_in(reason, participant=participant, field="reason")
    return reason


def _given(row: Submission, answers: Answers) -> Answers:
    """What somebody has answered: without the moments that a form notes by itself."""
    noted = {item.name for item in row.version.form.questions if item.type in NOTED}
    return {
        path: text
        for path, text in answers.items()
        if "/meta[" not in path and path.rpartition("/")[2].partition("[")[0] not in noted
    }


def _differing(answers: Answers, others: Answers) -> Answers:
    return {path: text for path, text in answers.items() if others.get(path) != text}


def _counted(submission: Submission, *, by: Actor, seen: Seen | None) -> Submission:
    participant = lock(submission.participant)
    require(by, Permission.ANSWER_EDIT, study=participant.study, site=participant.site)
    rows = Submission.objects.select_for_update(of=("self",))
    row = rows.select_related("assignment", "version", "visit__definition").get(
        pk=submission.pk, participant=participant
    )
    row.participant = participant
    if row.state not in COUNTED:
        raise AnswersFixed(
            f"This form is {row.get_state_display()}: only answers that were submitted and count "
            "are corrected or struck through. Nothing was changed."
        )
    require_as_seen(seen, slot_of(row))
    return row


def _require_data_open(participant: Participant) -> None:
    """Answers are cleaned also after somebody has left, but not once they are locked."""
    if Study.objects.filter(pk=participant.study_id, state=Study.State.CLOSED).exists():
        raise StudyClosed(
            f"Study {participant.study.code} is closed, so its answers stay as they are. Nothing "
            "was changed."
        )
    locked = participant.data_use != Participant.DataUse.FULL
    if locked or participant.state == Participant.State.ERASED:
        raise StateRefused(
            f"The data of {participant.code} are locked or erased. Nothing was changed."
        )

"""Drafts that staff saves of a form, before it is submitted."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from participants.answers.errors import AnswersFixed
from participants.answers.models import Submission
from participants.answers.services.contents import Draft, draft_of
from participants.answers.services.slots import Slot, find_slot, require_reached, slot_of
from participants.answers.services.submitting import about, lock, require_collected
from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.visits import services as visits
from studies.access.permissions import Permission
from studies.assignments.models import Assignment
from studies.platform.actors import Actor
from studies.platform.seen import Seen
from studies.protocol.services.rights import require
from studies.record.unchanged import require_unchanged

ACTS = ("answers.save_draft", "answers.submit", "answers.correct", "answers.strike")


def shown_values(slot: Slot) -> dict[str, Any]:
    """What a page about the form shows, and somebody else may change meanwhile."""
    row = slot.submission
    if row is None:
        return {"state": "", "draft": "", "revision": 0}
    return {
        "state": row.state,
        "draft": row.draft_at.isoformat() if row.draft_at else "",
        "revision": row.revisions.count(),
    }


def require_as_seen(seen: Seen | None, slot: Slot) -> None:
    """Refuse if the page showed the form otherwise; call with the participant locked.

    Raises:
        ChangedMeanwhile: somebody else saved or submitted it.
    """
    require_unchanged(
        seen,
        shown_values(slot),
        study=slot.participant.study.code,
        actions=ACTS,
        target=slot.submission,
        participant=slot.participant.code,
    )


@transaction.atomic
def save_draft(
    *,
    participant: Participant,
    assignment: Assignment,
    place: str,
    values: Mapping[str, str],
    repeats: Collection[str],
    by: Actor,
    seen: Seen | None = None,
) -> Submission:
    """Keep what was filled in so far, whatever is missing; the form is begun by it.

    Raises:
        ChangedMeanwhile: somebody else saved or submitted it after the page was opened.
        AnswersFixed: it is submitted; what is wrong in it is corrected.
        FormNotAsked, ConsentMissing, StateRefused, NotAllowed: as their messages say.
    """
    locked = lock(participant)
    require(by, Permission.ANSWER_EDIT, study=locked.study, site=locked.site)
    require_collected(locked, by=by)
    slot = find_slot(locked, assignment, place)
    require_reached(slot, visits.today(locked))
    require_as_seen(seen, slot)
    row = slot.submission or begin(slot)
    if row.state != Submission.State.DRAFT:
        raise AnswersFixed(
            f"This form is {row.get_state_display()} already: what is wrong in it is corrected, "
            "with a reason. Nothing was saved."
        )
    row.sealed_draft = Draft(dict(values), list(repeats)).sealed(locked)
    row.draft_at, row.draft_by_id = timezone.now(), int(by.actor_id)
    row.save(update_fields=["sealed_draft", "draft_at", "draft_by"])
    record_about(locked, "answers.save_draft", by=by, target=row, new=about(row))
    return row


@transaction.atomic
def drop_draft(*, submission: Submission, by: Actor, seen: Seen | None = None) -> None:
    """Throw away what was saved and never submitted; a form that had nothing else goes with it.

    Raises:
        AnswersFixed: there is no draft.
        ChangedMeanwhile, NotAllowed: as their messages say.
    """
    locked = lock(submission.participant)
    require(by, Permission.ANSWER_EDIT, study=locked.study, site=locked.site)
    row = (
        Submission.objects.select_for_update()
        .select_related("assignment", "version")
        .filter(pk=submission.pk, participant=locked)
        .first()
    )
    if row is None or not row.sealed_draft:
        raise AnswersFixed("There is no draft of this form any more. Nothing was changed.")
    row.participant = locked
    require_as_seen(seen, slot_of(row))
    record_about(locked, "answers.discard_draft", by=by, target=row, old=about(row))
    if row.state == Submission.State.DRAFT:
        row.delete()
        return
    row.sealed_draft, row.draft_at, row.draft_by = b"", None, None
    row.save(update_fields=["sealed_draft", "draft_at", "draft_by"])


def begin(slot: Slot) -> Submission:
    """The form's row, in the version that is published now; for services that checked rights."""
    return Submission.objects.create(
        participant=slot.participant,
        assignment=slot.assignment,
        version=slot.version,
        visit=slot.visit,
        day=slot.day,
        number=slot.number,
        begun_at=timezone.now(),
    )


def draft_beside(row: Submission) -> Draft | None:
    """A draft that lies beside answers which somebody else submitted meanwhile."""
    return draft_of(row) if row.state != Submission.State.DRAFT else None

"""Rows that are not what the audit trail told of them, and taking one as it is."""

from django.db import transaction
from django.db.models import QuerySet

from participants.people.models import Participant
from participants.people.services import identity
from participants.people.services.record import record_about
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import ReasonMissing, StateRefused
from studies.platform.seen import Seen
from studies.protocol.models import Study
from studies.protocol.services.rights import require
from studies.record.models import EditedRow
from studies.record.services import edited
from studies.record.unchanged import require_unchanged

LISTED = 100


def edited_rows(*, study: Study, user: User) -> list[EditedRow]:
    """Those of ``study`` that are kept out and whose work ``user`` may see, at most 100."""
    if not edited.in_effect().filter(study_code=study.code).exists():
        return []  # as nearly always: one query, and no rights to look up
    return list(_visible(study, user)[:LISTED])


def number_edited(*, study: Study, user: User) -> int:
    """How many of them there are, at most 100."""
    return len(edited_rows(study=study, user=user))


def find_edited(*, study: Study, user: User, pk: int) -> EditedRow | None:
    """One of them."""
    return _visible(study, user).filter(pk=pk).first()


def shown(row: EditedRow) -> dict[str, str]:
    """What the form that releases it shows."""
    row.refresh_from_db()
    return {"now": row.now, "kept_out": "" if row.released_at or row.mended_at else "yes"}


@transaction.atomic
def release_row(
    *, study: Study, row: EditedRow, reason: str, by: Actor, seen: Seen | None = None
) -> None:
    """Take ``row`` as it is, though the audit trail tells otherwise: it counts again.

    Found saying something else once more, it is kept out once more.

    Raises:
        NotAllowed: ``by`` may not edit the study.
        ReasonMissing, Invalid: nobody says why, or the reason names the participant.
        ChangedMeanwhile: it says something else than ``seen``.
        StateRefused: it is not kept out any more.
    """
    require(by, Permission.STUDY_EDIT, study=study)
    locked = EditedRow.objects.select_for_update().get(pk=row.pk, study_code=study.code)
    participant = Participant.objects.get(study=study, code=locked.participant_code)
    require_unchanged(seen, shown(locked), study=study.code, actions=["row.release"])
    if locked.released_at or locked.mended_at:
        raise StateRefused(f"The {locked} is not left out any more. Nothing was changed.")
    reason = " ".join(reason.split())
    if not reason:
        message = "Say how you know that it is right as it is."
        raise ReasonMissing(message, detail={"fields": {"reason": [message]}})
    identity.refuse_names_in(reason, participant=participant, field="reason")
    edited.release(locked)
    record_about(
        participant,
        "row.release",
        by=by,
        old={"problem": locked.problem},
        new={"row": str(locked), "sha256": locked.now},
        reason=reason,
    )


def _visible(study: Study, user: User) -> QuerySet[EditedRow]:
    people = Participant.objects.visible_to(user, Permission.WORK_VIEW).filter(study=study)
    codes = people.values("code")
    return edited.in_effect().filter(study_code=study.code, participant_code__in=codes)

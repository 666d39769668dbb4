"""The row of a reading study, held while it changes, and its entries of the audit trail."""

from typing import Any

from inference.reading.errors import ReadingStudyFixed
from inference.reading.models import ReadingStudy
from studies.access.permissions import Permission
from studies.platform.actors import SYSTEM, Actor
from studies.protocol.models import Study
from studies.protocol.services.rights import require
from studies.record import services as audit


def locked(study: ReadingStudy) -> ReadingStudy:
    """The row as it stands, held until the transaction ends."""
    rows = ReadingStudy.objects.select_for_update(of=("self",)).select_related("study")
    return rows.get(pk=study.pk)


def require_drafting(by: Actor, study: Study) -> None:
    """Refuse unless ``by`` may edit reading studies; a command on the server acts as ``SYSTEM``.

    Raises:
        NotAllowed: ``by`` may not.
    """
    if by is not SYSTEM:
        require(by, Permission.READING_EDIT, study=study)


def draft_of(study: ReadingStudy, by: Actor) -> ReadingStudy:
    """The row, locked, of a draft that ``by`` may edit.

    Raises:
        NotAllowed: ``by`` may not edit reading studies.
        ReadingStudyFixed: it is open or closed.
    """
    row = locked(study)
    require_drafting(by, row.study)
    if not row.is_draft:
        raise ReadingStudyFixed(
            f"Reading study {row.code} is {row.get_state_display()}: what is read, how and by "
            "which scales is fixed. Nothing was changed."
        )
    return row


def record(
    study: ReadingStudy,
    action: str,
    *,
    by: Actor,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
) -> None:
    """An entry of the audit trail about ``study``, or about what belongs to it."""
    name = {"reading_study": study.code}
    audit.record(
        by=by,
        action=action,
        target=study,
        study=study.study.code,
        old={**name, **old} if old else None,
        new={**name, **(new or {})},
    )

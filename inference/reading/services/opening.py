"""Opening a reading study, which fixes cases, readers' orders and scales, and closing it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from random import Random
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from inference.reading.errors import NotReady, ReadingStudyFixed
from inference.reading.models import Adjudication, Case, ReadingStudy, Seat, Turn
from inference.reading.services import consensus
from inference.reading.services.drawing import Drawn, draw
from inference.reading.services.orders import give_order
from inference.reading.services.rows import locked
from inference.reading.services.seats import blind, require_may_read, see_again
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import ReasonMissing
from studies.platform.seen import Seen
from studies.protocol.errors import StudyClosed
from studies.protocol.services.rights import require
from studies.record import services as audit
from studies.record.unchanged import require_unchanged

DESIGN: Final = (
    "title", "instructions", "shown", "views", "visits", "sample", "strata", "repeats_percent",
    "repeat_distance", "calibration_needs", "idle_seconds", "brightness",
)  # fmt: skip
EDITING: Final = ("reading.edit", "reading.add_scale", "reading.edit_scale", "reading.remove_scale")


@transaction.atomic
def open_reading_study(*, study: ReadingStudy, by: Actor, seen: Seen | None = None) -> ReadingStudy:
    """Draw the cases and each reader's order, and let the readers' other rights rest.

    ``seen`` is what the page that asked showed of ``fixed_by_opening``.

    Raises:
        ChangedMeanwhile: the draft is not as ``seen`` any more.
        NotAllowed: ``by`` may not edit reading studies.
        ReadingStudyFixed: it is no draft.
        NotReady: scales, readers or photos are missing, or there are too few cases for repeats.
        MayNotRead: a reader cannot read blind any more.
        StudyClosed: the study is closed.
    """
    row = locked(study)
    require(by, Permission.READING_EDIT, study=row.study)
    if not row.is_draft:
        raise ReadingStudyFixed("This reading study is open or closed already.")
    require_unchanged(
        seen, fixed_by_opening(row), study=row.study.code, actions=EDITING, target=row
    )
    if row.study.state == row.study.State.CLOSED:
        raise StudyClosed(f"Study {row.study.code} is closed. Nothing was opened.")
    seats = list(row.seats.standing().select_related("user"))
    require_ready(row, seats)
    row.seed = secrets.token_hex(16)
    cases = _keep(row, draw(row, Random(f"{row.seed}:cases")))  # noqa: S311 - kept, to be shown
    for seat in seats:
        if seat.role == Seat.Role.READER:
            give_order(seat, cases, seed=row.seed)
        blind(row, seat.user)
    row.move(ReadingStudy.State.OPEN, opened_at=timezone.now(), seed=row.seed)
    _record(row, "reading.open", by=by, new={"cases": len(cases), "readers": len(seats)})
    return row


@transaction.atomic
def close_reading_study(*, study: ReadingStudy, by: Actor, reason: str = "") -> ReadingStudy:
    """End reading, write the consensus, and give the readers their rights back.

    Raises:
        NotAllowed: ``by`` may not edit reading studies.
        ReadingStudyFixed: it is not open.
        ReasonMissing: cases wait to be read or decided, and nobody says why it closes.
    """
    row = locked(study)
    require(by, Permission.READING_EDIT, study=row.study)
    if not row.is_open:
        raise ReadingStudyFixed("Only an open reading study can be closed. Nothing was changed.")
    waiting = left_to_do(row)
    reason = reason.strip()[:500]
    if waiting and not reason:
        raise ReasonMissing(
            f"{waiting} cases wait to be read or decided. Say why it closes before they are; what "
            "was read is kept. Nothing was changed."
        )
    _drop_waiting(row)
    row.move(ReadingStudy.State.CLOSED, closed_at=timezone.now(), closing_reason=reason)
    consensus.write(row)
    see_again(row)
    _record(row, "reading.close", by=by, new={"left": waiting}, reason=reason)
    return row


def fixed_by_opening(study: ReadingStudy) -> dict[str, Any]:
    """Everything of a draft that its opening fixes, by name."""
    names = ("number", "code", "title", "question", "region", "grades", "primary", "condition")
    scales = study.scales.values_list(*names, "adjudicate_beyond")
    seats = study.seats.standing().values_list("user", "role")
    examples = study.cases.values_list("number", "use", "expected")
    return {
        **{name: getattr(study, name) for name in DESIGN},
        "scales": [list(row) for row in scales],
        "readers": [list(row) for row in seats],
        "training cases": [list(row) for row in examples],
    }


def left_to_do(study: ReadingStudy) -> int:
    """How many turns and decisions wait, in all."""
    turns = Turn.objects.filter(seat__reading_study=study, state=Turn.State.WAITING)
    to_decide = Adjudication.objects.filter(case__reading_study=study)
    open_ones = (Adjudication.State.WAITING, Adjudication.State.CLAIMED)
    return turns.count() + to_decide.filter(state__in=open_ones).count()


def require_ready(study: ReadingStudy, seats: Sequence[Seat]) -> None:
    """Refuse a draft that lacks something, or whose readers cannot read.

    Raises:
        NotReady, MayNotRead: as their messages say.
    """
    if not study.scales.exists():
        raise NotReady("Add a scale first: readers would have nothing to grade by.")
    if not any(seat.role == Seat.Role.READER for seat in seats):
        raise NotReady("Add a reader first. Nothing was opened.")
    wants = study.scales.exclude(adjudicate_beyond=None)
    if wants.exists() and not any(seat.role == Seat.Role.ADJUDICATOR for seat in seats):
        raise NotReady(
            "A scale asks for a decision where readers differ: add an adjudicator, or take the "
            "difference out. Nothing was opened."
        )
    if study.calibration_needs and not study.cases.filter(use=Case.Use.CALIBRATION).exists():
        raise NotReady(
            "Readers have to pass a calibration, and there is no calibration case: choose some, or "
            "leave the calibration out. Nothing was opened."
        )
    _require_expected(study)
    for seat in seats:
        require_may_read(study, seat.user)


def _require_expected(study: ReadingStudy) -> None:
    codes = set(study.scales.values_list("code", flat=True))
    for case in study.cases.exclude(use=Case.Use.MAIN):
        if case.photo_id is None or set(case.expected or {}) != codes:
            raise NotReady(
                f"{case.get_use_display().capitalize()} {case.number} lacks its photo or an "
                "expected grade: look at the training cases again. Nothing was opened."
            )


def _keep(study: ReadingStudy, drawn: Sequence[Drawn]) -> list[Case]:
    number = study.cases.order_by("-number").values_list("number", flat=True).first() or 0
    return Case.objects.bulk_create(
        Case(
            reading_study=study,
            number=number + place,
            participant=one.photo.visit.participant,
            photo=one.photo,
            second=one.second,
            visit=(one.second or one.photo).visit.definition.code,
            view=one.photo.view,
            photo_sha256=one.photo.upright_sha256,
            stratum=one.stratum,
        )
        for place, one in enumerate(drawn, start=1)
    )


def _drop_waiting(study: ReadingStudy) -> None:
    Turn.objects.filter(seat__reading_study=study, state=Turn.State.WAITING).update(
        state=Turn.State.DROPPED, dropped_because="study closed"
    )
    open_ones = (Adjudication.State.WAITING, Adjudication.State.CLAIMED)
    Adjudication.objects.filter(case__reading_study=study, state__in=open_ones).update(
        state=Adjudication.State.DROPPED
    )


def _record(
    study: ReadingStudy, action: str, *, by: Actor, new: dict[str, object], reason: str = ""
) -> None:
    audit.record(by=by, action=action, target=study, study=study.study.code, new=new, reason=reason)

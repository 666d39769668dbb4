"""Whether a reader grades as was agreed, before cases that count are given to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from inference.reading.errors import ReadingFixed
from inference.reading.models import Case, Reading, Scale, Seat, Turn
from inference.reading.scales import Kind, within_step
from inference.reading.services.turns import must_calibrate, require_open, showable_turns
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import ReasonMissing
from studies.protocol.services.rights import require
from studies.record import services as audit


@dataclass(frozen=True)
class Calibration:
    """How a reader did: cases graded, those within one step of what was expected, those left.

    ``needs`` is the bar in per cent; ``None`` where the study has none.
    """

    graded: int
    within: int
    left: int
    needs: int | None

    @property
    def percent(self) -> int:
        """Rounded down: 79.9 is no 80."""
        return 100 * self.within // self.graded if self.graded else 0

    @property
    def passed(self) -> bool:
        """Whether the bar is reached, with every case graded."""
        return bool(self.graded) and not self.left and self.percent >= (self.needs or 0)


def calibration_of(seat: Seat) -> Calibration | None:
    """How the reader's calibration stands; ``None`` where there are no such cases."""
    turns = seat.turns.filter(case__use=Case.Use.CALIBRATION).exclude(state=Turn.State.DROPPED)
    if not turns.exists():
        return None
    scales = {scale.code: scale for scale in seat.reading_study.scales.all()}
    readings = list(Reading.objects.standing().filter(turn__in=turns).select_related("turn__case"))
    return Calibration(
        graded=len(readings),
        within=sum(is_within(reading, scales) for reading in readings),
        left=showable_turns(seat).filter(case__use=Case.Use.CALIBRATION).count(),
        needs=seat.reading_study.calibration_needs,
    )


def is_within(reading: Reading, scales: dict[str, Scale]) -> bool:
    """Whether every expected value lies within one step; a photo not read is not."""
    expected = {
        code: value
        for code, value in (reading.turn.case.expected or {}).items()
        if code in scales and value is not None
    }
    return not reading.unreadable and all(
        code in reading.values
        and within_step(Kind(scales[code].kind), float(reading.values[code]), float(value))
        for code, value in expected.items()
    )


def is_judged(seat: Seat) -> bool:
    """Whether a bar is set and every calibration case was graded."""
    found = calibration_of(seat) if seat.reading_study.calibration_needs is not None else None
    return found is not None and not found.left


@transaction.atomic
def calibrate(*, seat: Seat) -> Calibration | None:
    """Judge the calibration once its last case is graded: who reaches the bar goes on.

    Below it, nothing is given to the reader until the manager decides.
    """
    found = calibration_of(seat)
    if found is None or found.left or seat.calibrated_at is not None:
        return found
    if found.passed:
        Seat.objects.filter(pk=seat.pk, calibrated_at=None).update(calibrated_at=timezone.now())
        seat.refresh_from_db(fields=["calibrated_at"])
    said = {"percent": found.percent, "needs": found.needs, "passed": found.passed}
    _record(seat, "reading.calibrate", said, by=seat.user)
    return found


def awaits_manager(seat: Seat) -> bool:
    """Whether the reader fell short of the bar, and the manager has to decide."""
    return must_calibrate(seat) and is_judged(seat)


@transaction.atomic
def repeat_calibration(*, seat: Seat, reason: str, by: Actor) -> None:
    """Give a reader who fell short the calibration again; what was graded stays, taken back.

    Raises:
        NotAllowed: ``by`` may not edit reading studies.
        ReadingFixed: the reader did not fall short, or the study is not open.
        ReasonMissing: nobody says why.
    """
    row = _fallen_short(seat, reason, by)
    turns = row.turns.filter(case__use=Case.Use.CALIBRATION, state=Turn.State.READ)
    Reading.objects.standing().filter(turn__in=turns).update(undone_at=timezone.now())
    turns.update(state=Turn.State.WAITING)
    _record(row, "reading.repeat_calibration", {}, by=by, reason=reason)


@transaction.atomic
def admit_reader(*, seat: Seat, reason: str, by: Actor) -> None:
    """Let a reader go on who fell short of the bar.

    Raises:
        NotAllowed: ``by`` may not edit reading studies.
        ReadingFixed: the reader did not fall short, or the study is not open.
        ReasonMissing: nobody says why.
    """
    row = _fallen_short(seat, reason, by)
    Seat.objects.filter(pk=row.pk, calibrated_at=None).update(calibrated_at=timezone.now())
    _record(row, "reading.admit_reader", {}, by=by, reason=reason)


def _fallen_short(seat: Seat, reason: str, by: Actor) -> Seat:
    rows = Seat.objects.select_for_update(of=("self",))
    row = rows.select_related("reading_study__study", "user").get(pk=seat.pk)
    require(by, Permission.READING_EDIT, study=row.reading_study.study)
    require_open(row)
    if not awaits_manager(row):
        raise ReadingFixed("This reader did not fall short of the calibration. Nothing changed.")
    if not reason.strip():
        raise ReasonMissing("Say why. Nothing was changed.")
    return row


def _record(
    seat: Seat, action: str, new: Mapping[str, object], *, by: Actor, reason: str = ""
) -> None:
    study = seat.reading_study
    audit.record(
        by=by,
        action=action,
        target=seat,
        study=study.study.code,
        new={"reading_study": study.code, "person": seat.user.actor_label, **new},
        reason=reason.strip(),
    )

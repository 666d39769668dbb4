"""How far the reading has come, and what became of the photos meanwhile; never a grade."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from inference.reading.models import Adjudication, Case, Reading, ReadingStudy, Seat, Turn
from inference.reading.services.calibrating import awaits_manager
from inference.scoring.models import Run
from participants.capture.models import Photo
from studies.platform.work import WorkState


@dataclass(frozen=True)
class SeatProgress:
    """One seat: ``read`` of ``total`` cases, repeats with them; ``seconds`` are a median."""

    seat: Seat
    read: int
    waiting: int
    dropped: int
    seconds: float | None
    unreadable: int
    last: datetime | None
    fell_short: bool  # of the calibration: the manager decides

    @property
    def total(self) -> int:
        return self.read + self.waiting

    @property
    def percent(self) -> int:
        return round(100 * self.read / self.total) if self.total else 0


@dataclass(frozen=True)
class Decisions:
    """What adjudicators have to decide."""

    waiting: int
    decided: int


@dataclass(frozen=True)
class Reason:
    """Why photos were unreadable: by how many readings, of how many cases.

    ``by_hand`` counts those of the cases whose photo a person let in, which the check had held.
    """

    label: str
    readings: int
    cases: int
    by_hand: int


def by_seat(study: ReadingStudy) -> list[SeatProgress]:
    """Every seat of a reader, those that ended too, by number."""
    states: dict[int, Counter[str]] = defaultdict(Counter)
    turns = Turn.objects.filter(seat__reading_study=study)
    for seat, state in turns.values_list("seat", "state"):
        states[seat][state] += 1
    times: dict[int, list[int]] = defaultdict(list)
    unreadable: Counter[int] = Counter()
    last: dict[int, datetime] = {}
    said = Reading.objects.standing().filter(turn__seat__reading_study=study)
    for seat, ms, why, at in said.values_list(
        "turn__seat", "active_ms", "unreadable", "saved_at"
    ).iterator():
        times[seat].append(ms)
        unreadable[seat] += bool(why)
        last[seat] = max(at, last.get(seat, at))
    readers = study.seats.filter(role=Seat.Role.READER).select_related("user", "reading_study")
    return [
        SeatProgress(
            seat=seat,
            read=states[seat.pk][Turn.State.READ],
            waiting=states[seat.pk][Turn.State.WAITING],
            dropped=states[seat.pk][Turn.State.DROPPED],
            seconds=median(times[seat.pk]) / 1000 if times[seat.pk] else None,
            unreadable=unreadable[seat.pk],
            last=last.get(seat.pk),
            fell_short=study.is_open and seat.removed_at is None and awaits_manager(seat),
        )
        for seat in readers
    ]


def decisions(study: ReadingStudy) -> Decisions:
    """How many differences wait for an adjudicator, and how many are decided."""
    rows = Counter(
        Adjudication.objects.filter(case__reading_study=study).values_list("state", flat=True)
    )
    waits = rows[Adjudication.State.WAITING] + rows[Adjudication.State.CLAIMED]
    return Decisions(waits, rows[Adjudication.State.DECIDED])


def let_through(study: ReadingStudy) -> list[Reason]:
    """Accepted photos that readers could not read, by the reason; the commonest first."""
    said = Reading.objects.standing().filter(
        turn__seat__reading_study=study, turn__case__use=Case.Use.MAIN
    )
    rows: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for why, case, by in said.exclude(unreadable="").values_list(
        "unreadable", "turn__case", "turn__case__photo__reviewed_by"
    ):
        rows[why].append((case, by is not None))
    found = [
        Reason(
            label=str(Reading.Unreadable(why).label),
            readings=len(cases),
            cases=len({case for case, _ in cases}),
            by_hand=len({case for case, by in cases if by}),
        )
        for why, cases in rows.items()
    ]
    return sorted(found, key=lambda one: (-one.readings, one.label))


def notes(study: ReadingStudy) -> list[str]:
    """What became of the photos since they were drawn: readings of them are kept all the same."""
    if study.is_draft:
        return []
    cases: list[Any] = list(
        study.cases.filter(use=Case.Use.MAIN).values_list(
            "photo__state", "photo__visit__participant", "participant", "gone_at",
            "photo__visit__participant__data_use", "photo__visit__definition__code", "visit",
            "second", "photo__kept_out",
        )
    )  # fmt: skip
    gone = sum(row[3] is not None for row in cases)
    there = [row for row in cases if row[3] is None]
    down = sum(row[0] != Photo.State.ACCEPTED for row in there)
    moved = sum(row[1] != row[2] or (row[7] is None and row[5] != row[6]) for row in there)
    locked = sum(row[4] != "full" for row in there)
    damaged = sum(bool(row[8]) for row in there)
    said = (
        (gone, "erased with what was made of {them}; grades stay, coded, without the photo"),
        (down, "turned down by the site after being drawn; readings of {them} are kept"),
        (moved, "moved to another participant or visit after being drawn; readings are kept"),
        (locked, "locked, since the participant's data may not be used; shown to no reader now"),
        (damaged, "kept out because a stored file is damaged; shown once it is whole again"),
        (_rescored(study), "scored again since the opening; readers saw no score either way"),
    )
    return [
        f"{number} {'case' if number == 1 else 'cases'}: the photo was "
        + what.format(them="it" if number == 1 else "them")
        + "."
        for number, what in said
        if number
    ]


def _rescored(study: ReadingStudy) -> int:
    """Cases whose photo has a run of the same package from before and from after the opening."""
    runs = Run.objects.filter(
        photo__in=study.cases.exclude(photo=None).values("photo"), state=WorkState.DONE
    )
    later = runs.filter(finished_at__gt=study.opened_at)
    again = later.values("photo").distinct()
    return (
        runs.filter(finished_at__lte=study.opened_at, photo__in=again)
        .values("photo")
        .distinct()
        .count()
    )

"""What readers said, as tables of numbers: cases in rows, readers in columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from inference.reading.models import Case, Consensus, Reading, ReadingStudy, Scale, Seat
from participants.people.models import Participant

if TYPE_CHECKING:
    from inference.agreement.ratings import Floats, Ratings

UNKNOWN = ""


class CaseRow(NamedTuple):
    """A case, and what it is grouped by; empty where it is not known, or not any more."""

    pk: int
    participant: int
    photo: Any
    view: str
    visit: str
    stratum: str
    site: str
    sex: str
    fitzpatrick: int | None
    year_of_birth: int | None
    camera_make: str | None
    camera_model: str | None

    @property
    def camera(self) -> str:
        make, model = self.camera_make or "", self.camera_model or ""
        return model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()


_VALUES = (
    "pk", "participant", "photo", "view", "visit", "stratum", "participant__site__code",
    "participant__sex", "participant__fitzpatrick", "participant__year_of_birth",
    "photo__camera_make", "photo__camera_model",
)  # fmt: skip


@dataclass
class Frame:
    """All that was read of a reading study, except of participants whose data are locked.

    Attributes:
        seats: Readers who read a case at least, by number.
        first: Scale code → (S, R), each reader's grade of each case; NaN where there is none.
        again: The same of cases that came a second time.
        place: (S, R), how many cases the reader had read before.
        consensus: Scale code → (S,).
        adjudicated: Scale code → (S,) of booleans.
        unreadable: (reader's column, reason) → cases; repeats are not counted.
        times: Reader's column → milliseconds at work on each case, repeats among them.
        locked: Cases left out because their participant's data are locked.
    """

    study: ReadingStudy
    scales: list[Scale]
    seats: list[Seat]
    cases: list[CaseRow]
    first: dict[str, Floats]
    again: dict[str, Floats]
    place: Floats
    consensus: dict[str, Floats]
    adjudicated: dict[str, Any]
    locked: int = 0
    unreadable: Counter[tuple[int, str]] = field(default_factory=Counter)
    times: dict[int, list[int]] = field(default_factory=dict)

    @property
    def people(self) -> list[int]:
        """Whose each case is."""
        return [case.participant for case in self.cases]

    def ratings(self, scale: Scale, values: Floats | None = None) -> Ratings:
        """``values`` (S, R), or what each reader graded first, as ratings on ``scale``."""
        from inference.agreement.ratings import Ratings

        grades = len(scale.grades) or None
        shown = self.first[scale.code] if values is None else values
        return Ratings.of(shown, people=self.people, grades=grades)


def frame_of(study: ReadingStudy) -> Frame:
    """Read everything with a handful of queries, however many readings there are."""
    import numpy as np

    scales = list(study.scales.select_related("condition"))
    rows = Case.objects.filter(reading_study=study, use=Case.Use.MAIN)
    open_ones = rows.filter(participant__data_use=Participant.DataUse.FULL)
    cases = [CaseRow(*values) for values in open_ones.order_by("number").values_list(*_VALUES)]
    seats = _seats(study)
    shape = (len(cases), len(seats))
    frame = Frame(
        study=study,
        scales=scales,
        seats=seats,
        cases=cases,
        first={scale.code: np.full(shape, np.nan) for scale in scales},
        again={scale.code: np.full(shape, np.nan) for scale in scales},
        place=np.full(shape, np.nan),
        consensus={scale.code: np.full(len(cases), np.nan) for scale in scales},
        adjudicated={scale.code: np.zeros(len(cases), bool) for scale in scales},
        locked=rows.count() - len(cases),
        times={column: [] for column in range(len(seats))},
    )
    _fill(frame)
    _fill_consensus(frame)
    return frame


def _seats(study: ReadingStudy) -> list[Seat]:
    """Who read a case at least; whoever left has a seat still."""
    read = Reading.objects.standing().filter(
        turn__seat__reading_study=study, turn__case__use=Case.Use.MAIN
    )
    seats = study.seats.filter(role=Seat.Role.READER, pk__in=read.values("turn__seat"))
    return list(seats.order_by("number"))


def _fill(frame: Frame) -> None:
    row_of = {case.pk: row for row, case in enumerate(frame.cases)}
    column_of = {seat.pk: column for column, seat in enumerate(frame.seats)}
    codes = [scale.code for scale in frame.scales]
    readings = Reading.objects.standing().filter(
        turn__seat__in=list(column_of), turn__case__use=Case.Use.MAIN
    )
    asked = (
        "turn__case", "turn__seat", "turn__is_repeat", "values", "unreadable", "active_ms",
    )  # fmt: skip
    before: Counter[int] = Counter()
    ordered = readings.order_by("turn__seat", "turn__position").values_list(*asked)
    for case, seat, is_repeat, values, unreadable, active in ordered.iterator(chunk_size=5000):
        column = column_of[seat]
        place, row = before[column], row_of.get(case)
        before[column] += 1
        if row is None:
            continue
        frame.times[column].append(active)
        table = frame.again if is_repeat else frame.first
        if not is_repeat:
            frame.place[row, column] = place
            if unreadable:
                frame.unreadable[column, unreadable] += 1
        for code in codes:
            if (value := values.get(code)) is not None:
                table[code][row, column] = value


def _fill_consensus(frame: Frame) -> None:
    row_of = {case.pk: row for row, case in enumerate(frame.cases)}
    code_of = {scale.pk: scale.code for scale in frame.scales}
    said = Consensus.objects.filter(scale__in=list(code_of))
    for case, scale, value, how in said.values_list("case", "scale", "value", "how").iterator():
        row = row_of.get(case)
        if row is None:
            continue
        if value is not None:
            frame.consensus[code_of[scale]][row] = value
        frame.adjudicated[code_of[scale]][row] = how == Consensus.How.ADJUDICATED


def age_group(born: int | None, year: int) -> str:
    """The age group of somebody born in ``born`` in the year ``year``; empty if not known."""
    if born is None:
        return UNKNOWN
    age = year - born
    if age < 18:
        return "under 18"
    if age < 30:
        return "18 to 29"
    return "60 and over" if age >= 60 else f"{age // 10 * 10} to {age // 10 * 10 + 9}"


def columns_with_most(values: Floats) -> Sequence[int]:
    """The readers who graded at least half as many cases as the one who graded most."""
    import numpy as np

    number = np.isfinite(values).sum(axis=0)
    enough = number >= max(number.max(initial=0) / 2, 1)
    return [int(column) for column in np.flatnonzero(enough)]

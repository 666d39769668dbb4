"""The parts of a mapping card that say what its labels and its readers' grades mean here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field
from pydantic import model_validator as check

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.grades import GRADES
from inference.training.importers.parts import TableFile, Text
from participants.imaging.strict_model import (
    BY_KIND,
    LIST,
    OBJECT,
    TEXT,
    WHOLE,
    Among,
    Many,
    Maybe,
    Strict,
    Written,
)

NOT_ASSESSABLE = "not assessable"
# Severities, 0 to 1, at which one grade ends and the next begins (grades are rounded severities).
GRADE_EDGES = (0.0, 1 / 6, 1 / 2, 5 / 6, 1.0)

# Lowest and highest severity (0 to 1) a label allows.
Interval = tuple[float, float]


def interval_of(low: int, high: int | None = None) -> Interval:
    """Return the severities from one grade (0 to 3) to another, both included."""
    return GRADE_EDGES[low], GRADE_EDGES[(low if high is None else high) + 1]


ABSENT, PRESENT = interval_of(0), interval_of(1, 3)

Condition: TypeAlias = Annotated[str, Among(CONDITIONS)]
Grade: TypeAlias = Annotated[str, Among(GRADES)]


def _severities(given: str | tuple[str, str]) -> Interval:
    low, high = map(GRADES.index, (given, given) if isinstance(given, str) else given)
    if low > high:
        raise ValueError("a range of grades goes from the lower to the higher")
    return interval_of(low, high)


_TWO = Annotated[Many[Grade], Field(min_length=2, max_length=2)]
_GRADED = Annotated[Annotated[Grade, TEXT] | Annotated[_TWO, LIST], BY_KIND]
_TOLD = (("condition", "present"), ("condition", "grade"), ("negative",))


class Target(Strict):
    """What a label says: of a condition that it is present, or how much; or of some that not."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [*names]} for names in _TOLD]}
    )

    condition: Maybe[Condition] = None
    present: Maybe[bool] = None
    grade: Maybe[Annotated[Interval, Written(_GRADED, _severities)]] = None
    negative: Annotated[Many[Condition], Field(min_length=1)] = ()

    @check(mode="after")
    def _check_sense(self) -> Target:
        if self.model_fields_set not in map(set, _TOLD):
            raise ValueError("needs a condition with present or grade, or else negative")
        return self

    def intervals(self) -> dict[str, Interval]:
        if self.condition is None:
            return dict.fromkeys(self.negative, ABSENT)
        return {self.condition: self.grade or (PRESENT if self.present else ABSENT)}


_WORDS = Annotated[str, Among(("ignore", "negative"))]
_SEVERAL = Annotated[Many[Target], Field(min_length=1)]
_TARGETS = Annotated[
    Annotated[_WORDS, TEXT] | Annotated[_SEVERAL, LIST] | Annotated[Target, OBJECT], BY_KIND
]


def _intervals(given: str | Target | tuple[Target, ...]) -> Mapping[str, Interval]:
    if isinstance(given, str):
        return dict.fromkeys(CONDITIONS, ABSENT) if given == "negative" else {}
    if isinstance(given, Target):
        return given.intervals()
    return {name: interval for target in given for name, interval in target.intervals().items()}


class LabelRule(Strict):
    """One column of labels; `map` gives for each source label what it says of which condition.

    An empty mapping is a label to ignore; a label not in `map` is unknown unless `ignore_rest`.
    """

    column: Text
    format: Annotated[str, Among(("plain", "list", "weights"))] = "plain"
    at_least: Annotated[float, Field(gt=0, le=1)] = 0.5
    map: Annotated[
        dict[str, Annotated[Mapping[str, Interval], Written(_TARGETS, _intervals)]],
        Field(min_length=1),
    ]
    otherwise: Maybe[Annotated[str, Among(("ignore",))]] = None

    @property
    def ignore_rest(self) -> bool:
        return self.otherwise == "ignore"


_READ = ("photo", "reader", "condition", "grade", "read_at")
_USUAL = dict(zip(_READ, ("photo_id", *_READ[1:]), strict=True))
_GIVEN_GRADE = Annotated[str, Among((*GRADES, NOT_ASSESSABLE))]
_GIVEN_CONDITION = Annotated[str, Among((*CONDITIONS, "ignore"))]


def _number(grade: str) -> int | None:
    return None if grade == NOT_ASSESSABLE else GRADES.index(grade)


def _unless_ignored(condition: str) -> str | None:
    return None if condition == "ignore" else condition


class Readings(TableFile):
    """A table of readers' gradings of photos and the rule of their consensus.

    `photo` is the column of the photo's own table, `columns` are the readings'. A grade is None
    when not assessable, a condition when ignored.
    """

    photo: Text
    columns: Annotated[
        dict[Annotated[str, Among(_READ)], Text], AfterValidator(lambda given: _USUAL | given)
    ] = _USUAL
    grades: Annotated[
        dict[str, Annotated[int | None, Written(_GIVEN_GRADE, _number)]], Field(min_length=2)
    ]
    conditions: dict[str, Annotated[str | None, Written(_GIVEN_CONDITION, _unless_ignored)]] = {
        condition: condition for condition in CONDITIONS
    }
    at_least_readers: Annotated[int, Field(ge=1), WHOLE] = 2
    ties: Annotated[str, Among(("between", "worse"))] = "between"

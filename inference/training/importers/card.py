"""The mapping card: what a data set's tables mean here, checked before a picture is opened.

Written in YAML, checked against `card.schema.json` and against itself; every error names the card's
file and line. docs/training-data.md explains each field.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from inference.pipeline.anatomy import CONDITIONS, GRADES
from inference.training.importers.errors import CardInvalid
from inference.training.importers.lines import Place, load_yaml

SCHEMA = Path(__file__).with_name("card.schema.json")
CARDS = Path(__file__).with_name("cards")
SPLITS = ("train", "validation", "test")
SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
NOT_ASSESSABLE = "not assessable"
# Severities, 0 to 1, at which one grade ends and the next begins (grades are rounded severities).
GRADE_EDGES = (0.0, 1 / 6, 1 / 2, 5 / 6, 1.0)
RESTRICTED = re.compile(r"\bNC\b|non-?commercial|academic|research[- ]only", re.IGNORECASE)

# Lowest and highest severity (0 to 1) a label allows.
Interval = tuple[float, float]
Filter = Mapping[str, tuple[str, ...]]


def interval_of(low: int, high: int | None = None) -> Interval:
    """Return the severities from one grade (0 to 3) to another, both included."""
    return GRADE_EDGES[low], GRADE_EDGES[(low if high is None else high) + 1]


ABSENT, PRESENT = interval_of(0), interval_of(1, 3)


@dataclass(frozen=True)
class Licence:
    """Under what terms the data may be used; repeated wherever the data is named."""

    name: str
    terms: str
    non_commercial: bool
    url: str = ""


@dataclass(frozen=True)
class Table:
    """One file of rows; `columns` when it has no header; `split` when all its rows belong to it."""

    file: str
    delimiter: str = "comma"
    columns: tuple[str, ...] | None = None
    split: str | None = None
    on: str | None = None  # of a joined table: the column both have


@dataclass(frozen=True)
class ImageRule:
    """Where a row's picture lies, relative to the folder: `images/{column}.jpg`."""

    path: str
    keep: Filter


@dataclass(frozen=True)
class LabelRule:
    """One column of labels; `map` gives for each source label what it says of which condition.

    An empty mapping is a label to ignore; a label not in `map` is unknown unless `ignore_rest`.
    """

    column: str
    format: str
    at_least: float
    map: Mapping[str, Mapping[str, Interval]]
    ignore_rest: bool


@dataclass(frozen=True)
class Readings:
    """A table of readers' gradings of photos and the rule of their consensus."""

    table: Table
    photo: str  # the column of the photo's own table
    columns: Mapping[str, str]  # photo, reader, condition, grade, read_at: the readings' columns
    grades: Mapping[str, int | None]  # None: not assessable
    conditions: Mapping[str, str | None]  # None: ignored
    at_least: int
    ties: str  # between or worse


@dataclass(frozen=True)
class Scale:
    """Columns with the same person's tone, and what their values are on the scale (0 unknown)."""

    columns: tuple[str, ...]
    values: Mapping[str, int] | None
    highest: int


@dataclass(frozen=True)
class PictureRule:
    """What kind of pictures they are and how crops are cut out of them."""

    kind: str  # face or close_up
    view: str = "auto"
    view_column: str | None = None
    mirrored: bool = False
    without_face: str = "skip"
    width_mm: float | None = None  # of a whole close-up, when it is known


@dataclass(frozen=True)
class MappingCard:
    """A checked card; `raw` is all of it, `sha256` that of its file."""

    path: Path
    sha256: str
    raw: Mapping[str, Any]
    lines: Mapping[Place, int] = field(repr=False)
    name: str = ""
    licence: Licence = Licence("", "", non_commercial=True)
    tables: tuple[Table, ...] = ()
    joins: tuple[Table, ...] = ()
    images: tuple[ImageRule, ...] = ()
    keep: Filter = field(default_factory=dict)
    drop: Filter = field(default_factory=dict)
    person_column: str | None = None
    person_pattern: str | None = None
    labels: tuple[LabelRule, ...] = ()
    readings: Readings | None = None
    tones: Mapping[str, Scale] = field(default_factory=dict)
    picture: PictureRule = PictureRule("face")
    shares: Mapping[str, float] = field(default_factory=lambda: dict(SHARES))
    split_column: str | None = None
    split_values: Mapping[str, str] = field(default_factory=dict)

    def invalid(self, message: str, *place: str | int) -> CardInvalid:
        """Return the error of a place in the card; the nearest line known is named."""
        return _invalid(self.path, self.lines, place, message)


@cache
def card_schema() -> dict[str, Any]:
    """Return the JSON schema of a mapping card."""
    schema: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return schema


def read_card(path: Path | str) -> MappingCard:
    """Read and check a card from a file, or one that ships here by its name (`scin`).

    Raises CardInvalid.
    """
    shipped = CARDS / f"{path}.yaml"
    path = shipped if "/" not in str(path) and shipped.exists() else Path(path)
    raw, lines = load_yaml(path)
    errors = sorted(Draft202012Validator(card_schema()).iter_errors(raw), key=_order)
    if errors:
        told = _deepest(errors[0])
        place = tuple(told.absolute_path)
        named = f"{'.'.join(map(str, place))}: " if place else ""
        raise _invalid(path, lines, place, f"{named}{_words(told)}")
    card = _build(path, raw, lines)
    _check_sense(card)
    return card


def _order(error: Any) -> tuple[int, list[str]]:
    return -len(error.absolute_path), [str(part) for part in error.absolute_path]


def _deepest(error: Any) -> Any:
    """Of the reasons why no alternative fits, the one that came furthest and says most."""

    def telling(one: Any) -> tuple[int, bool]:
        named = one.validator == "enum"
        if isinstance(one.instance, str):
            return len(one.absolute_path), named
        return len(one.absolute_path), one.validator not in {"enum", "type"}

    while error.context and error.absolute_path:
        error = max(error.context, key=telling)
    return error


def _words(error: Any) -> str:
    if error.validator in {"oneOf", "anyOf"} and not error.absolute_path:
        return "the card needs either labels or readings, and not both"
    message = str(error.message)
    return message if len(message) <= 300 else f"{message[:300]} …"


def _invalid(
    path: Path, lines: Mapping[Place, int], place: tuple[str | int, ...], message: str
) -> CardInvalid:
    while place and place not in lines:
        place = place[:-1]
    return CardInvalid(path, lines.get(place, 1), message)


def _build(path: Path, raw: dict[str, Any], lines: dict[Place, int]) -> MappingCard:
    layout, person, splits = raw["layout"], raw["person"], raw.get("splits", {})
    return MappingCard(
        path=path,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        raw=raw,
        lines=lines,
        name=raw["name"],
        licence=Licence(**raw["licence"]),
        tables=tuple(_table(item) for item in layout["tables"]),
        joins=tuple(_table(item) for item in layout.get("join", ())),
        images=tuple(
            ImageRule(item["path"], _filter(item.get("keep", {}))) for item in layout["images"]
        ),
        keep=_filter(layout.get("keep", {})),
        drop=_filter(layout.get("drop", {})),
        person_column=person.get("column"),
        person_pattern=person.get("pattern"),
        labels=tuple(_label_rule(item) for item in raw.get("labels", ())),
        readings=_readings(raw["readings"]) if "readings" in raw else None,
        tones={
            name: Scale(tuple(item["columns"]), item.get("values"), highest)
            for name, highest in (("fitzpatrick", 6), ("monk", 10))
            if (item := raw.get("tone", {}).get(name))
        },
        picture=PictureRule(**raw["picture"]),
        shares=splits.get("shares", SHARES),
        split_column=splits.get("column"),
        split_values=splits.get("values", {}),
    )


def _table(item: Mapping[str, Any]) -> Table:
    columns = item.get("columns")
    return Table(**{**item, "columns": tuple(columns) if columns else None})


def _filter(item: Mapping[str, list[Any]]) -> Filter:
    return {column: tuple(str(value) for value in values) for column, values in item.items()}


def _label_rule(item: Mapping[str, Any]) -> LabelRule:
    return LabelRule(
        column=item["column"],
        format=item.get("format", "plain"),
        at_least=float(item.get("at_least", 0.5)),
        map={label: _targets(target) for label, target in item["map"].items()},
        ignore_rest=item.get("otherwise") == "ignore",
    )


def _targets(target: Any) -> dict[str, Interval]:
    """Return the interval of severity a mapping gives each condition it speaks of."""
    if target == "ignore":
        return {}
    if target == "negative":
        return dict.fromkeys(CONDITIONS, ABSENT)
    out: dict[str, Interval] = {}
    for one in target if isinstance(target, list) else [target]:
        if "negative" in one:
            out |= dict.fromkeys(one["negative"], ABSENT)
        elif "present" in one:
            out[one["condition"]] = PRESENT if one["present"] else ABSENT
        else:
            named = one["grade"] if isinstance(one["grade"], list) else [one["grade"]] * 2
            first, last = (GRADES.index(name) for name in named)
            out[one["condition"]] = interval_of(first, last)
    return out


def _readings(item: Mapping[str, Any]) -> Readings:
    names = ("photo", "reader", "condition", "grade", "read_at")
    usual = dict(zip(names, ("photo_id", *names[1:]), strict=True))
    grades = {
        written: None if grade == NOT_ASSESSABLE else GRADES.index(grade)
        for written, grade in item["grades"].items()
    }
    given = item.get("conditions", {c: c for c in CONDITIONS})
    return Readings(
        table=Table(item["file"], item.get("delimiter", "comma")),
        photo=item["photo"],
        columns=usual | item.get("columns", {}),
        grades=grades,
        conditions={name: None if c == "ignore" else c for name, c in given.items()},
        at_least=item.get("at_least_readers", 2),
        ties=item.get("ties", "between"),
    )


def _check_sense(card: MappingCard) -> None:
    """What a schema cannot say."""
    if RESTRICTED.search(card.licence.name) and not card.licence.non_commercial:
        raise card.invalid(
            "licence: its name restricts commercial use; say non_commercial: true",
            *("licence", "non_commercial"),
        )
    if not math.isclose(sum(card.shares.values()), 1.0, abs_tol=1e-6):
        raise card.invalid("splits.shares: must add up to 1", "splits", "shares")
    for k, item in enumerate(card.raw.get("labels", ())):
        for label, target in item["map"].items():
            for one in target if isinstance(target, list) else [target]:
                grades = one.get("grade") if isinstance(one, dict) else None
                if isinstance(grades, list) and GRADES.index(grades[0]) > GRADES.index(grades[1]):
                    message = f"{label}: a range of grades goes from the lower to the higher"
                    raise card.invalid(message, "labels", k, "map", label)
    for name, scale in card.tones.items():
        if scale.values and max(scale.values.values()) > scale.highest:
            message = f"tone.{name}: the scale ends at {scale.highest}"
            raise card.invalid(message, "tone", name, "values")
    if card.picture.width_mm is not None and card.picture.kind == "face":
        message = "picture.width_mm: is for close-ups; a face brings its own scale"
        raise card.invalid(message, "picture", "width_mm")
    if card.person_pattern is not None:
        try:
            re.compile(card.person_pattern)
        except re.error as error:
            message = f"person.pattern: is no regular expression: {error}"
            raise card.invalid(message, "person", "pattern") from None

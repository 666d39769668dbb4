"""What a row's cells say of the eight conditions and of the tone of the skin."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inference.training.importers.card import MappingCard
from inference.training.importers.consensus import (
    Reading,
    agreement,
    consensus_of,
    first_readings,
)
from inference.training.importers.meanings import ABSENT, Interval, LabelRule
from inference.training.importers.parts import Scale
from inference.training.importers.tables import Row, cell_labels, read_table, require_column

UNKNOWN_CELLS = frozenset({"", "nan", "NaN", "NA", "None", "null"})
Labels = dict[str, Interval]


@dataclass(frozen=True)
class Problem:
    """Something that was not used, why, and where it stands (`file:line` or a picture's path)."""

    reason: str
    place: str
    message: str


@dataclass
class Tally:
    """What was met on the way: problems in order, and how often each source label came."""

    problems: list[Problem] = field(default_factory=list)
    used: Counter[str] = field(default_factory=Counter)
    ignored: Counter[str] = field(default_factory=Counter)

    def note(self, reason: str, place: str, message: str) -> None:
        self.problems.append(Problem(reason, place, message))


def labels_of(row: Row, rules: Sequence[LabelRule], tally: Tally) -> Labels:
    """Return for each condition a row speaks of the severities it allows."""
    out: Labels = {}
    for rule in rules:
        for condition, interval in _by_rule(row, rule, tally).items():
            agreed = _overlap([out.get(condition, (0.0, 1.0)), interval])
            if agreed is None:
                tally.note("contradiction", row.place, f"two columns disagree on {condition}")
            out[condition] = agreed or (0.0, 1.0)
    return {condition: bounds for condition, bounds in out.items() if bounds != (0.0, 1.0)}


def _by_rule(row: Row, rule: LabelRule, tally: Tally) -> Labels:
    cell = row.values[rule.column]
    try:
        given = cell_labels(cell, rule.format)
    except ValueError as error:
        tally.note("unreadable-label", row.place, f"{rule.column}: {cell[:80]!r} {error}")
        return {}
    rule_intervals: dict[str, list[tuple[Interval, float]]] = defaultdict(list)
    for label, weight in given.items():
        targets = rule.map.get(label)
        if targets:
            tally.used[label] += 1
        else:
            tally.ignored[label] += 1
        if targets is None and not rule.ignore_rest:
            tally.note("unknown-label", row.place, f"{rule.column}: {label[:80]!r} is not mapped")
        for condition, interval in (targets or {}).items():
            rule_intervals[condition].append((interval, weight))
    out: Labels = {}
    for condition, intervals in rule_intervals.items():
        try:
            agreed = _agreed(intervals, rule)
        except ValueError:
            tally.note("contradiction", row.place, f"{rule.column} disagrees on {condition}")
            continue
        if agreed:
            out[condition] = agreed
    return out


def _agreed(votes: Sequence[tuple[Interval, float]], rule: LabelRule) -> Interval | None:
    """Return what several labels of one cell say of a condition together.

    With weights (a differential diagnosis), presence needs `at_least` of the weight, and absence
    besides that nothing speaks for presence. Without, labels that exclude each other raise
    ValueError.
    """
    present = [(interval, weight) for interval, weight in votes if interval[1] > ABSENT[1]]
    weighted = rule.format == "weights"
    if present and len(present) < len(votes) and not weighted:
        raise ValueError("both present and absent")
    chosen = present or votes
    if weighted and sum(weight for _, weight in chosen) < rule.at_least:
        return None
    agreed = _overlap([interval for interval, _ in chosen])
    if agreed is None and not weighted:
        raise ValueError("two grades")
    return agreed or (min(i[0] for i, _ in chosen), max(i[1] for i, _ in chosen))


def _overlap(intervals: Sequence[Interval]) -> Interval | None:
    low, high = max(i[0] for i in intervals), min(i[1] for i in intervals)
    return (low, high) if low < high else None


def tone_of(row: Row, scale: Scale, tally: Tally) -> int:
    """Return the tone on its scale, 0 when unknown; of several columns the upper median.

    The upper, so that where graders are divided the darker groups do not lose people.
    """
    tones = []
    for column in scale.columns:
        cell = row.values[column]
        if cell in UNKNOWN_CELLS:
            continue
        text = str(int(float(cell))) if re.fullmatch(r"[0-9]+\.0*", cell) else cell
        if scale.values is not None:
            tone = scale.values.get(text)
        else:
            tone = int(text) if re.fullmatch(r"[0-9]{1,2}", text) else None
        if tone is None or tone > scale.highest:
            tally.note("unknown-tone", row.place, f"{column}: {cell[:40]!r} is not on the scale")
        elif tone > 0:
            tones.append(tone)
    return sorted(tones)[len(tones) // 2] if tones else 0


def consensus_labels(
    card: MappingCard, folder: Path, photos: Mapping[str, Row], tally: Tally
) -> tuple[dict[str, Labels], dict[str, object]]:
    """Return each photo's labels from its readers, and how far they agree.

    `photos` are the rows by their id. Raises TableInvalid, CardInvalid.
    """
    readings = _readings_of(card, folder, photos, tally)
    first, repeats = first_readings(readings)
    grades: dict[tuple[str, str], list[int]] = defaultdict(list)
    for reading in first:
        grades[reading.photo, reading.condition] += [] if reading.grade is None else [reading.grade]
    rule = card.readings
    assert rule is not None  # noqa: S101 - only asked for cards with readings
    out: dict[str, Labels] = defaultdict(dict)
    for (photo, condition), given in grades.items():
        agreed = consensus_of(given, at_least=rule.at_least_readers, ties=rule.ties)
        if agreed is None:
            message = f"{condition}: {len(given)} of {rule.at_least_readers} readers graded it"
            tally.note("too-few-readers", photos[photo].place, message)
        else:
            out[photo][condition] = agreed
            tally.used[condition] += 1
    return out, agreement(first, repeats)


def _readings_of(
    card: MappingCard, folder: Path, photos: Mapping[str, Row], tally: Tally
) -> list[Reading]:
    rule = card.readings
    assert rule is not None  # noqa: S101 - only asked for cards with readings
    rows = read_table(folder, rule.table)
    for name in ("photo", "reader", "condition", "grade"):
        require_column(card, rows, rule.columns[name], "readings", "columns", name)
    out = []
    for row in rows:
        cells = {name: row.values.get(column, "") for name, column in rule.columns.items()}
        condition = rule.conditions.get(cells["condition"], "?")
        if cells["photo"] not in photos:
            tally.note("no-photo", row.place, f"there is no photo {cells['photo'][:60]!r}")
        elif condition == "?":
            message = f"condition {cells['condition'][:60]!r} is not mapped"
            tally.note("unknown-label", row.place, message)
        elif condition is None:
            tally.ignored[cells["condition"]] += 1
        elif cells["grade"] not in rule.grades:
            tally.note("unknown-label", row.place, f"grade {cells['grade'][:60]!r} is not mapped")
        elif not cells["reader"]:
            tally.note("no-reader", row.place, "the reading names no reader")
        else:
            grade = rule.grades[cells["grade"]]
            out.append(Reading(cells["photo"], cells["reader"], condition, grade, cells["read_at"]))
    return out

"""From several readers' gradings of a photo to one label, and how far the readers agree.

Readings come from outside until the product has reading pages of its own: a table with a row per
photo, reader and condition. Pure functions over plain values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from inference.pipeline.grades import GRADES
from inference.training.importers.meanings import Interval, interval_of


@dataclass(frozen=True)
class Reading:
    """One reader's grade (0 to 3) of one condition in one photo; None: not assessable."""

    photo: str
    reader: str
    condition: str
    grade: int | None
    read_at: str = ""  # sorts as time does (ISO 8601)


def first_readings(readings: Iterable[Reading]) -> tuple[list[Reading], list[Reading]]:
    """Split into each reader's first reading of a photo and condition, and the repeats.

    A repeat is not a second vote: it tells how far a reader agrees with themself.
    """
    first: dict[tuple[str, str, str], Reading] = {}
    repeats: list[Reading] = []
    for reading in sorted(readings, key=lambda r: r.read_at):
        key = (reading.photo, reading.reader, reading.condition)
        if key in first:
            repeats.append(reading)
        else:
            first[key] = reading
    return list(first.values()), repeats


def consensus_of(grades: Sequence[int], *, at_least: int, ties: str) -> Interval | None:
    """Return the severities the readers' median allows, or None with fewer than `at_least`.

    The median is the grade with the least summed distance to all readings. When an even number of
    readers leaves it between two grades, `between` keeps both (and all that lie between) until one
    more reader decides, as the two-plus-one reading of trials does (Gottlieb and Hussain 2015, BMC
    Medical Imaging 15:6); `worse` takes the worse of the two.
    """
    if len(grades) < max(at_least, 1):
        return None
    ordered = sorted(grades)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return interval_of(high if ties == "worse" else low, high)


def weighted_kappa(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Return Cohen's kappa with quadratic weights (1968) of pairs of grades.

    None when it is not defined: no pairs, or both sides always the same one grade.
    """
    if not pairs:
        return None
    table = np.zeros((len(GRADES), len(GRADES)))
    for mine, other in pairs:
        table[mine, other] += 1
    steps = np.arange(len(GRADES))
    weights = (steps[:, None] - steps[None, :]) ** 2
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / len(pairs)
    by_chance = float((weights * expected).sum())
    return 1 - float((weights * table).sum()) / by_chance if by_chance > 0 else None


def agreement(readings: Sequence[Reading], repeats: Sequence[Reading]) -> dict[str, object]:
    """Return per condition how far readers agree with each other and with themselves.

    `between_readers` is Light's kappa (1971): the mean of the pairs of readers, each weighted by
    the photos both read; `exact` the share of equal grades, `two_grades_apart` how many photos have
    readings two or more grades apart.
    """
    by_condition: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for reading in readings:
        if reading.grade is not None:
            by_condition[reading.condition][reading.reader][reading.photo] = reading.grade
    out: dict[str, object] = {}
    for condition, readers in sorted(by_condition.items()):
        again = [
            (readers[r.reader][r.photo], r.grade)
            for r in repeats
            if r.condition == condition and r.grade is not None and r.photo in readers[r.reader]
        ]
        out[condition] = {**_between(readers), "within_reader": weighted_kappa(again)}
    return out


def _between(readers: Mapping[str, Mapping[str, int]]) -> dict[str, object]:
    kappas: list[tuple[float, int]] = []
    pairs: list[tuple[int, int]] = []
    for reader, other in combinations(sorted(readers), 2):
        both = sorted(readers[reader].keys() & readers[other].keys())
        shared = [(readers[reader][photo], readers[other][photo]) for photo in both]
        kappa = weighted_kappa(shared)
        pairs += shared
        if kappa is not None:
            kappas.append((kappa, len(shared)))
    total = sum(count for _, count in kappas)
    photos: dict[str, list[int]] = defaultdict(list)
    for graded in readers.values():
        for photo, grade in graded.items():
            photos[photo].append(grade)
    return {
        "readers": len(readers),
        "photos": len(photos),
        "between_readers": sum(k * n for k, n in kappas) / total if total else None,
        "exact": sum(a == b for a, b in pairs) / len(pairs) if pairs else None,
        "two_grades_apart": sum(max(g) - min(g) >= 2 for g in photos.values()),
    }

"""What may be said of a photographed face: intervals of severity, or nothing.

Nobody graded these people, and a bare face is not "none": freckles, lines and pores are its own. So
a condition is labelled absent only where a measure independent of the network finds less than
nearly every face with a mild one painted on has; elsewhere it is left out of the loss. What is
painted adds to what was there: at least about the painted severity, and about it where the face was
found bare.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.assessed import CONDITIONS

MILD = 1 / 3  # the severity painted to find the limits
LIMIT_QUANTILE = 0.05  # of faces with a mild condition, how many lie below the limit
SLACK = 0.17  # half a grade and a little: no painted severity is known better
MORE = 1 / 3  # how much a face's own may add where it was not found bare
ABSENT = (0.0, 1 / 6)  # none, a trace included

Interval = tuple[float, float]


@dataclass(frozen=True)
class Limits:
    """Below which measure a condition is absent, from training people alone."""

    below: Mapping[str, float]

    @classmethod
    def of(cls, mild: Mapping[str, Sequence[float]]) -> Limits:
        """Set the limits from the measures of faces with each condition painted mildly."""
        limits = {}
        for condition, values in mild.items():
            finite = np.asarray(values, np.float64)[np.isfinite(values)]
            limits[condition] = float(np.quantile(finite, LIMIT_QUANTILE)) if finite.size else -1e9
        return cls(limits)

    def absent(self, measures: Mapping[str, float]) -> frozenset[str]:
        """Return the conditions a face is found to have none of."""
        return frozenset(c for c, limit in self.below.items() if measures[c] < limit)

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(dict(self.below), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Limits:
        return cls({name: float(v) for name, v in json.loads(path.read_text("utf-8")).items()})


def intervals(
    painted: Mapping[str, float], absent: frozenset[str], masked: frozenset[str] = frozenset()
) -> dict[str, Interval]:
    """Return the severities each condition may have; one that is not in it has no label.

    `painted` are severities painted on, `absent` what the bare face was found to have none of,
    `masked` what lies beside it that nobody can tell apart.
    """
    labelled: dict[str, Interval] = {}
    for condition in CONDITIONS:
        if condition in masked:
            continue
        severity = painted.get(condition, 0.0)
        if severity > 0:
            more = 0.0 if condition in absent else MORE
            labelled[condition] = (max(severity - SLACK, 0.0), min(severity + SLACK + more, 1.0))
        elif condition in absent:
            labelled[condition] = ABSENT
    return labelled


def as_arrays(intervals: Mapping[str, Interval]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the middle of each interval and half its width, (8,), NaN where there is no label."""
    middle, half = (np.full(len(CONDITIONS), np.nan, np.float32) for _ in range(2))
    for condition, (low, high) in intervals.items():
        at = CONDITIONS.index(condition)
        middle[at], half[at] = (low + high) / 2, (high - low) / 2
    return middle, half

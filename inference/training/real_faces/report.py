"""What a package does on people never trained on: painted truth, what must not change, stability.

python -m inference.training.real_faces.report PACKAGE --faces FOLDER --out FILE.json

`manage.py evaluate_model --faces FOLDER` writes the same beside the report on drawn faces. All
figures are by person: intervals are percentile bootstraps over people, 95%.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.network import Network
from inference.training.evaluate import crop_probabilities, over_photos
from inference.training.figures import balanced_accuracy, weighted_kappa
from inference.training.real_faces.baselines import KINDS
from inference.training.real_faces.build import LIMITS, find_limits, notice_of
from inference.training.real_faces.labels import Limits
from inference.training.real_faces.mirror import Probabilities, compared
from inference.training.real_faces.people import people_set
from inference.training.real_faces.told import lines
from inference.training.real_faces.truth import (
    NUISANCES,
    RESIZED,
    SEVERITIES,
    STABILITY,
    TURNED,
    UNSEEN,
    Truth,
    make_truth,
    read_truth,
)

SCHEMA = "gsh-real-faces-report/1"
RESAMPLES, SEED = 1000, 20261129
Floats = NDArray[np.float64]
Say = Callable[[str], None]


def resampled(people: Sequence[str], of: Callable[[NDArray[np.intp]], float]) -> dict[str, Any]:
    """Return a figure of some rows with its interval; `people` says whose each row is.

    `of` is given the rows, some of them several times.
    """
    names = sorted(set(people))
    rows = {name: np.flatnonzero(np.array(people) == name) for name in names}
    rng = np.random.default_rng(SEED)
    values = []
    for _ in range(RESAMPLES if len(names) > 1 else 0):
        chosen = rng.choice(len(names), len(names))
        values.append(of(np.concatenate([rows[names[k]] for k in chosen])))
    finite = np.array([value for value in values if np.isfinite(value)])
    low, high = np.percentile(finite, [2.5, 97.5]) if finite.size else (np.nan, np.nan)
    value = of(np.arange(len(people))) if len(people) else np.nan
    rounded = (round(float(v), 3) if np.isfinite(v) else None for v in (value, low, high))
    named = dict(zip(("value", "low", "high"), rounded, strict=True))
    return {**named, "people": len(names)}


def severities_of(
    truth: Truth, network: Network, each: Probabilities
) -> tuple[Floats, NDArray[np.int64]]:
    """Return severities (P, 8) in points, NaN where not read, and median grades (P, 8), -1 so.

    `each` are the crops' probabilities by condition.
    """
    photos = over_photos(truth.crops, each, network.card)
    points = np.full((len(truth.what), len(CONDITIONS)), np.nan)
    grades = np.full(points.shape, -1, np.int64)
    for column, condition in enumerate(CONDITIONS):
        if condition not in photos:
            continue
        p = photos[condition]
        read = np.isfinite(p).all(axis=1)
        p = p[read] / p[read].sum(axis=1, keepdims=True)
        points[read, column] = 100 * (p @ np.arange(p.shape[1])) / (p.shape[1] - 1)
        grades[read, column] = (np.cumsum(p, axis=1) < 0.5).sum(axis=1)
    return points, grades


def mean_of(values: Floats) -> float:
    """Return the mean of the finite values, NaN where there are none."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else float("nan")


def auc(high: Floats, low: Floats) -> float:
    """Return the chance that one of `high` exceeds one of `low`; NaN where one is empty."""
    high, low = high[np.isfinite(high)], low[np.isfinite(low)]
    if not high.size or not low.size:
        return float("nan")
    wins = (high[:, None] > low).mean() + 0.5 * (high[:, None] == low).mean()
    return float(wins)


def painted(truth: Truth, points: Floats, grades: NDArray[np.int64], limits: Limits) -> Any:
    """Return, by condition, how well painted severities are read, and the baseline beside it.

    Not there is a bare face that a measure independent of the network finds without it.
    """
    bare = truth.bare_of()
    by_condition = {}
    for column, condition in enumerate(CONDITIONS):
        severity = truth.crops.severity[:, column]
        rows = np.flatnonzero(severity > 0)
        absent = [k for k in bare.values() if truth.measures[k, column] < limits.below[condition]]
        both = np.concatenate([rows, np.array(absent, np.intp)])
        both = both[grades[both, column] >= 0]
        true = np.floor(3 * np.nan_to_num(severity[both]) + 0.5).astype(np.int64)
        given, owner = grades[both, column], [truth.person[k] for k in both]
        rises = points[rows, column] - points[[bare[truth.person[k]] for k in rows], column]
        clear = rows[severity[rows] > 0.5]
        of_bare = np.array(list(bare.values()))
        by_condition[condition] = {
            "bare": _rounded(mean_of(points[of_bare, column])),
            "found_absent": len(absent),
            "balanced_accuracy": resampled(owner, _accuracy(true, given)),
            "weighted_kappa": resampled(owner, _kappa(true, given)),
            "rise": {
                f"{s:.2f}": _rounded(mean_of(rises[np.isclose(severity[rows], s, atol=0.01)]))
                for s in SEVERITIES
            },
            "auc": _rounded(auc(points[clear, column], points[of_bare, column]), 3),
            "baseline": KINDS[condition],
            "baseline_auc": _rounded(
                auc(truth.measures[clear, column], truth.measures[of_bare, column]), 3
            ),
        }
    return by_condition


def _accuracy(
    true: NDArray[np.int64], given: NDArray[np.int64]
) -> Callable[[NDArray[np.intp]], float]:
    return lambda rows: balanced_accuracy(true[rows] > 0, given[rows] > 0)


def _kappa(
    true: NDArray[np.int64], given: NDArray[np.int64]
) -> Callable[[NDArray[np.intp]], float]:
    return lambda rows: weighted_kappa(true[rows], given[rows])


def moved(truth: Truth, points: Floats, what: str) -> dict[str, Any]:
    """Return, by condition, by how many points a change that is none moves the score."""
    bare = truth.bare_of()
    rows = [k for k, name in enumerate(truth.what) if name == what]
    owner = [truth.person[k] for k in rows]
    gap = points[rows] - points[[bare[person] for person in owner]]
    by_way: dict[str, Any] = {}
    for column, condition in enumerate(CONDITIONS):
        there = gap[:, column]
        by_way[condition] = {
            "mean_absolute": resampled(owner, _distance(there)),
            "mean": _rounded(mean_of(there)),
        }
    every = [v["mean_absolute"]["value"] for v in by_way.values()]
    known = [value for value in every if value is not None]
    return {"mean_absolute": _rounded(mean_of(np.array(known, np.float64))), "conditions": by_way}


def _distance(values: Floats) -> Callable[[NDArray[np.intp]], float]:
    return lambda rows: mean_of(np.abs(values[rows]))


def repeats(truth: Truth, points: Floats) -> dict[str, Any]:
    """Return the within-person deviation between two phones, in points (Bland and Altman 1996)."""
    taken = [
        {truth.person[k]: k for k, name in enumerate(truth.what) if name == f"repeat {n}"}
        for n in (1, 2)
    ]
    both = sorted(set(taken[0]) & set(taken[1]))
    gap = points[[taken[0][p] for p in both]] - points[[taken[1][p] for p in both]]

    def deviation(column: int) -> Callable[[NDArray[np.intp]], float]:
        return lambda rows: float(np.sqrt(mean_of(gap[rows, column] ** 2) / 2))

    return {c: resampled(both, deviation(k)) for k, c in enumerate(CONDITIONS)}


def bare(truth: Truth, points: Floats) -> dict[str, Any]:
    """Return bare faces' differences by sex and tone, adjusted for age, and by expression.

    The set is too small for a pass mark. The baseline's difference stands beside, in its own
    standard deviations as the network's is in its own.
    """
    rows = np.array([k for k in truth.bare_of().values() if np.isfinite(truth.age[k])])
    smiling = {truth.person[k]: k for k in np.flatnonzero(truth.smiling)}
    both = [(k, smiling[p]) for p, k in truth.bare_of().items() if p in smiling]
    owner = [truth.person[k] for k in rows]
    male = np.array([truth.gender[k] == "male" for k in rows], np.float64)
    terms = np.stack([np.ones(len(rows)), male, truth.ita[rows] / 10, truth.age[rows] / 10], 1)
    differences = {}
    for column, condition in enumerate(CONDITIONS):
        values, measure = points[rows, column], truth.measures[rows, column]
        pairs = np.array([[points[a, column], points[b, column]] for a, b in both])
        gap = pairs[:, 1] - pairs[:, 0] if len(pairs) else np.zeros(0)
        differences[condition] = {
            "men_minus_women": resampled(owner, _slope(terms, values, 1)),
            "per_10_degrees": resampled(owner, _slope(terms, values, 2)),
            "baseline_men_minus_women_sd": resampled(
                owner, _slope(terms, measure / max(float(np.nanstd(measure)), 1e-9), 1)
            ),
            "smiling_minus_neutral": _rounded(mean_of(gap)),
        }
    return differences


def _slope(terms: Floats, values: Floats, at: int) -> Callable[[NDArray[np.intp]], float]:
    def fitted(rows: NDArray[np.intp]) -> float:
        kept = rows[np.isfinite(values[rows])]
        if len(kept) <= terms.shape[1]:
            return float("nan")
        return float(np.linalg.lstsq(terms[kept], values[kept], rcond=None)[0][at])

    return fitted


def _rounded(value: Any, digits: int = 2) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None


def figures(truth: Truth, network: Network, limits: Limits) -> dict[str, Any]:
    """Return the report's figures on pictures already made."""
    each = crop_probabilities(truth.crops, network)
    points, grades = severities_of(truth, network, each)
    present = set(truth.what)
    tones = sorted(name for name in present if name.startswith("tone "))

    def all_of(names: Sequence[str]) -> dict[str, Any]:
        return {name: moved(truth, points, name) for name in names if name in present}

    return {
        "people": len(truth.bare_of()),
        "pictures": len(truth.what),
        "painted": painted(truth, points, grades, limits),
        "alike": all_of((*NUISANCES, *tones)),
        "stability": all_of((*STABILITY, RESIZED, TURNED)),
        "unseen": all_of(tuple(UNSEEN)),
        "repeats_sd": repeats(truth, points),
        "bare": bare(truth, points),
        "mirror": mirror(truth, network, each, points),
    }


def mirror(truth: Truth, network: Network, each: Probabilities, points: Floats) -> dict[str, Any]:
    """Return what mirror images differ by, and what averaging over them does to changes that are
    none: within-person deviations, and points moved, without and with it.
    """
    names = [n for n in (*NUISANCES, *STABILITY, RESIZED, TURNED, *UNSEEN) if n in truth.what]
    used = np.isin(truth.what, ["bare", "repeat 1", "repeat 2", *names])
    apart, both = compared(truth.crops, each, network, used & ~truth.smiling)
    ways = {"without": points, "with": both}
    deviations = {way: repeats(truth, values) for way, values in ways.items()}
    return {
        "rms": apart,
        "repeats_sd": {
            way: _rounded(mean_of(np.array([v["value"] for v in by_way.values()], np.float64)))
            for way, by_way in deviations.items()
        },
        "moved": {
            name: {way: moved(truth, v, name)["mean_absolute"] for way, v in ways.items()}
            for name in names
        },
    }


def report_on(
    package: Path, faces: Path, cache: Path, *, people: int | None = None, say: Say = print
) -> dict[str, Any]:
    """Measure a package on the test people and return its report, ready for JSON.

    With `people` on so many of them, and what is absent by as many training people: the report
    says so. `cache` keeps the pictures' crops, so that the next package costs seconds. Raises
    PhotographsRefused for the folder, PackageRefused for a file that is no package.
    """
    network = Network(
        package, expected_sha256=None, threads=1, providers=["CPUExecutionProvider"],
        precision="float32",
    )  # fmt: skip
    size, window = network.card.input.size, network.card.input.window_mm
    out = cache / f"real-faces-test-{size}"
    for name in make_truth(faces, out, people=people, size=size, window_mm=window):
        say(f"Painted {name}")
    limits = out / (LIMITS if people is None else f"{people}-{LIMITS}")
    if not limits.exists():
        say("Measuring what is absent, on training people")
        find_limits(faces, people).write(limits)
    truth_figures = figures(read_truth(out), network, Limits.read(limits))
    return {
        "schema": SCHEMA,
        "package": {
            "name": network.card.name, "version": network.card.version, "sha256": network.sha256,
        },
        "photographs": {**notice_of(people_set()), "split_sha256": people_set().digest},
        "part": "test",
        "limited_to": people,
        **truth_figures,
    }  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path)
    parser.add_argument("--faces", type=Path, required=True, help="the folder of photographs")
    parser.add_argument("--out", type=Path, required=True, help="the JSON to write")
    parser.add_argument("--cache", type=Path, default=Path("var/training"))
    parser.add_argument("--people", type=int, help="only so many, to try it")
    given = parser.parse_args(arguments)
    report = report_on(given.package, given.faces, given.cache, people=given.people)
    given.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(lines(report))


if __name__ == "__main__":
    main()

"""Measure a network on people it never saw: presence, grade agreement, by skin tone.

Figures are of photos, not crops: a condition's probabilities over a photo are the area-weighted
mean of its crops', as in scoring. Intervals are percentile bootstraps over people, 95%.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.anatomy import CONDITIONS, GRADES
from inference.pipeline.network import Network
from inference.pipeline.recipe import get_recipe
from inference.pipeline.score import grade_of
from inference.training.crops import READ, Crops, prepared

Ints = NDArray[np.int64]
RESAMPLES = 1000
TONES: Mapping[str, tuple[int, ...]] = {"I-II": (1, 2), "III-IV": (3, 4), "V-VI": (5, 6)}


@dataclass(frozen=True)
class Graded:
    """One condition over the photos where it could be read: true and given grades."""

    true: Ints  # (P,)
    given: Ints  # (P,) the median grade
    present: NDArray[np.bool_]  # (P,) given: more likely there than not
    severity_error: NDArray[np.float64]  # (P,) given minus true severity, points
    fitzpatrick: Ints  # (P,)
    identity: Ints  # (P,)


def balanced_accuracy(true: NDArray[np.bool_], given: NDArray[np.bool_]) -> float:
    """Mean of sensitivity and specificity; NaN when one class is missing."""
    if true.all() or not true.any():
        return float("nan")
    return float((given[true].mean() + (~given[~true]).mean()) / 2)


def weighted_kappa(true: Ints, given: Ints, grades: int = len(GRADES)) -> float:
    """Cohen's kappa with quadratic weights (Cohen 1968): 1 is agreement, 0 chance.

    NaN when there is nothing to agree on (both always the one same grade).
    """
    observed = np.zeros((grades, grades))
    np.add.at(observed, (true, given), 1)
    steps = np.arange(grades)
    weights = (steps[:, None] - steps[None, :]) ** 2
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / max(observed.sum(), 1)
    worst = (weights * expected).sum()
    return float(1 - (weights * observed).sum() / worst) if worst > 0 else float("nan")


def interval(
    identity: Ints, measure: Callable[[Ints], float], *, seed: int = 0, resamples: int = RESAMPLES
) -> dict[str, Any]:
    """Return value, low and high (2.5 and 97.5 percent) of a measure of rows, people resampled."""
    people, owner = np.unique(identity, return_inverse=True)
    rows_of = [np.flatnonzero(owner == k) for k in range(len(people))]
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(resamples):
        drawn = rng.integers(0, len(people), len(people))
        values.append(measure(np.concatenate([rows_of[k] for k in drawn])))
    finite = np.array([v for v in values if np.isfinite(v)])
    low, high = np.percentile(finite, [2.5, 97.5]) if finite.size else (np.nan, np.nan)
    figures = (measure(np.arange(len(identity))), low, high)
    value, low, high = (round(float(v), 4) if np.isfinite(v) else None for v in figures)
    return {"value": value, "low": low, "high": high, "cases": len(identity)}


def photo_probabilities(crops: Crops, network: Network) -> dict[str, NDArray[np.float64]]:
    """Return each condition's probabilities over each photo, (P, K), NaN where it is not read."""
    recipe = get_recipe(network.card.recipe)
    prediction = network.predict(prepared(crops, recipe)).probabilities
    out = {}
    for column, condition in enumerate(CONDITIONS):
        weight = crops.area * READ[crops.region, column]
        total = np.zeros((len(crops.severity), len(GRADES)))
        np.add.at(total, crops.photo, prediction[condition] * weight[:, None])
        area = np.bincount(crops.photo, weight, len(crops.severity))
        with np.errstate(invalid="ignore", divide="ignore"):
            out[condition] = total / area[:, None]
    return out


def graded(crops: Crops, network: Network) -> dict[str, Graded]:
    """Return, for each condition, true and given grades of the photos it is read in."""
    found = {}
    for column, (condition, p) in enumerate(photo_probabilities(crops, network).items()):
        read = np.isfinite(p).all(axis=1)
        severity = crops.severity[read, column].astype(np.float64)
        steps = np.arange(len(GRADES)) / (len(GRADES) - 1)
        found[condition] = Graded(
            true=np.floor(3 * severity + 0.5).astype(np.int64),
            given=np.array([grade_of(row) for row in p[read]], np.int64),
            present=p[read, 0] < 0.5,
            severity_error=100 * (p[read] @ steps - severity),
            fitzpatrick=crops.fitzpatrick[read],
            identity=crops.identity[read],
        )
    return found


def figures_of(one: Graded, *, resamples: int = RESAMPLES) -> dict[str, Any]:
    """Return the figures of one condition, each with its interval."""

    def presence(rows: Ints) -> float:
        return balanced_accuracy(one.true[rows] > 0, one.present[rows])

    def kappa(rows: Ints) -> float:
        return weighted_kappa(one.true[rows], one.given[rows])

    def exact(rows: Ints) -> float:
        return float((one.true[rows] == one.given[rows]).mean())

    measures = {"balanced_accuracy": presence, "weighted_kappa": kappa, "grade_accuracy": exact}
    return {
        name: interval(one.identity, measure, resamples=resamples)
        for name, measure in measures.items()
    }


def evaluate(
    crops: Crops,
    network: Network,
    *,
    split: str,
    graph_sha256: str,
    resamples: int = RESAMPLES,
) -> dict[str, Any]:
    """Return the report of one network on one split's crops, ready for JSON and for a card.

    `graph_sha256` ties the figures to the weights they were measured on.
    """
    every = graded(crops, network)
    conditions = {name: figures_of(one, resamples=resamples) for name, one in every.items()}
    tones: dict[str, Any] = {}
    for tone, types in TONES.items():
        kappas, accuracies = [], []
        for one in every.values():
            rows = np.flatnonzero(np.isin(one.fitzpatrick, types))
            kappas.append(weighted_kappa(one.true[rows], one.given[rows]))
            accuracies.append(balanced_accuracy(one.true[rows] > 0, one.present[rows]))
        tones[tone] = {
            "photos": int(np.isin(crops.fitzpatrick, types).sum()),
            "mean_balanced_accuracy": round(float(np.nanmean(accuracies)), 4),
            "mean_weighted_kappa": round(float(np.nanmean(kappas)), 4),
        }
    return {
        "split": split,
        "photos": len(crops.severity),
        "identities": len(np.unique(crops.identity)),
        "photos_without_a_face_found": crops.lost,
        "generator_sha256": list(crops.generators),
        "graph_sha256": graph_sha256,
        "conditions": conditions,
        "mean_absolute_severity_error": {
            name: round(float(np.abs(one.severity_error).mean()), 2) for name, one in every.items()
        },
        "by_skin_tone": tones,
    }


def write_report(report: Mapping[str, Any], path: Path) -> None:
    path.write_text(json.dumps(report, indent=1, sort_keys=True), encoding="utf-8")

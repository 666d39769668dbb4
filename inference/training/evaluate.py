"""Measure a network on people it never saw: presence, grade agreement, by skin tone.

Figures are of photos, not crops: a condition's probabilities over a photo are its crops',
pooled as the card says, as in scoring. Intervals are percentile bootstraps over people, 95%.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.assessed import CONDITIONS, REGION_CODES
from inference.pipeline.card import Card
from inference.pipeline.grades import GRADES
from inference.pipeline.network import Network
from inference.pipeline.pooling import Seen, of_faces
from inference.pipeline.recipe import get_recipe
from inference.pipeline.score import grade_of
from inference.training import figures
from inference.training.crops import Crops, prepared
from inference.training.figures import (
    RESAMPLES,
    Bools,
    Draws,
    Figure,
    Floats,
    Ints,
    balanced_accuracy,
    draws,
    weighted_kappa,
)

__all__ = [
    "RESAMPLES",
    "TONES",
    "EvaluationRefused",
    "Graded",
    "balanced_accuracy",
    "evaluate",
    "graded",
    "measured",
    "photo_probabilities",
    "weighted_kappa",
    "write_report",
]

TONES: Mapping[str, tuple[int, ...]] = {"I-II": (1, 2), "III-IV": (3, 4), "V-VI": (5, 6)}
CropProbabilities = Mapping[str, NDArray[np.floating]]  # condition: (N, K)


class EvaluationRefused(Exception):  # noqa: N818 - a refusal is named for what it says
    """Figures cannot be computed or written for this."""


@dataclass(frozen=True)
class Graded:
    """One condition over the photos where it could be read: true and given grades."""

    rows: Ints  # (P,) which photos of the crops these are
    probabilities: Floats  # (P, K)
    true: Ints  # (P,)
    severity: Floats  # (P,) the true one, points
    fitzpatrick: Ints  # (P,)
    identity: Ints  # (P,)
    unreadable: int = 0  # labelled photos in which the condition could not be read

    @property
    def given(self) -> Ints:
        """(P,) the median grade, as scoring gives it."""
        return np.array([grade_of(row) for row in self.probabilities], np.int64)

    @property
    def present(self) -> Bools:
        """(P,) more likely there than not."""
        return np.asarray(self.probabilities[:, 0] < 0.5, np.bool_)

    @property
    def given_severity(self) -> Floats:
        """(P,) points, as scoring gives them."""
        steps = np.arange(self.probabilities.shape[1])
        return np.asarray(100 * (self.probabilities @ steps) / steps[-1], np.float64)

    @property
    def severity_error(self) -> Floats:
        """(P,) given minus true severity, points."""
        return self.given_severity - self.severity

    def at(self, which: Bools) -> Graded:
        """Return some of the photos only."""
        return Graded(**{name: getattr(self, name)[which] for name in _PER_PHOTO})


_PER_PHOTO = ("rows", "probabilities", "true", "severity", "fitzpatrick", "identity")


def crop_probabilities(crops: Crops, network: Network) -> dict[str, NDArray[np.float32]]:
    """Clean and fill the crops by the card's recipe and run the network: (N, K) a condition."""
    return network.predict(prepared(crops, get_recipe(network.card.recipe))).probabilities


def reads(card: Card) -> Mapping[str, Bools]:
    """Return, for each condition of a card, in which of `REGION_CODES` and a close-up it reads."""
    return {
        output.condition: np.array([code in output.regions for code in REGION_CODES] + [True])
        for output in card.outputs
    }


def seen(crops: Crops, rows: Ints) -> Seen:
    """Return which skin of which photo some of the crops show."""
    return Seen(crops.area[rows], crops.region[rows], crops.photo[rows], len(crops.severity))


def over_photos(crops: Crops, each: CropProbabilities, card: Card) -> dict[str, Floats]:
    """Return each condition's probabilities over each photo, (P, K), NaN where it is not read.

    Read, and pooled, is as in scoring: as the card says.
    """
    out = {}
    for condition, read in reads(card).items():
        rows = np.flatnonzero(read[crops.region])
        out[condition] = of_faces(each[condition][rows], seen(crops, rows), card.pooling, condition)
    return out


def photo_probabilities(crops: Crops, network: Network) -> dict[str, Floats]:
    """Return each condition's probabilities over each photo, (P, K), NaN where it is not read."""
    return over_photos(crops, crop_probabilities(crops, network), network.card)


def graded_from(crops: Crops, photos: Mapping[str, Floats]) -> dict[str, Graded]:
    """Return true and given grades of the photos with a label, from `over_photos`."""
    by_condition = {}
    for condition, p in photos.items():
        severity = crops.severity[:, CONDITIONS.index(condition)].astype(np.float64)
        labelled = np.isfinite(severity)
        rows = np.flatnonzero(np.isfinite(p).all(axis=1) & labelled)
        by_condition[condition] = Graded(
            rows=rows,
            probabilities=p[rows] / p[rows].sum(axis=1, keepdims=True),
            true=np.floor(3 * severity[rows] + 0.5).astype(np.int64),
            severity=100 * severity[rows],
            fitzpatrick=crops.fitzpatrick[rows],
            identity=crops.identity[rows],
            unreadable=int(labelled.sum()) - len(rows),
        )
    return by_condition


def graded(crops: Crops, network: Network) -> dict[str, Graded]:
    """Return, for each condition, true and given grades of the photos it is read in."""
    return graded_from(crops, photo_probabilities(crops, network))


def tables_of(graded: Graded, drawn: Draws) -> tuple[Floats, Floats]:
    """Return confusion matrices of presence (1 + R, 2, 2) and of grade (1 + R, K, K)."""
    there = figures.confusions(
        drawn, (graded.true > 0).astype(np.int64), graded.present.astype(np.int64), 2
    )
    return there, figures.confusions(drawn, graded.true, graded.given, len(GRADES))


def figures_of(graded: Graded, drawn: Draws) -> dict[str, Figure]:
    """Return the figures of one condition, each with its interval; `drawn` is of its photos."""
    there, grade = tables_of(graded, drawn)
    values = {
        "balanced_accuracy": figures.balanced_accuracies(there),
        "weighted_kappa": figures.weighted_kappas(grade),
        "presence_accuracy": figures.accuracies(there),
        "grade_accuracy": figures.accuracies(grade),
        "sensitivity": figures.sensitivities(there),
        "specificity": figures.specificities(there),
    }
    return {name: figures.figure(value, len(graded.true)) for name, value in values.items()}


def measured(every: Mapping[str, Graded], drawn: Draws) -> dict[str, Any]:
    """Return figures, error in points and confusion matrices of each condition.

    `drawn` is of all photos of the crops the grades were taken from.
    """
    conditions, errors, confusion, unreadable = {}, {}, {}, {}
    for name, graded_condition in every.items():
        mine = drawn.of(graded_condition.rows)
        conditions[name] = figures_of(graded_condition, mine)
        error = figures.means(mine, np.abs(graded_condition.severity_error))
        errors[name] = figures.figure(error, len(graded_condition.rows))
        table = figures.table_of(graded_condition.true, graded_condition.given, len(GRADES))
        confusion[name] = table.astype(int).tolist()
        unreadable[name] = graded_condition.unreadable
    return {
        "conditions": conditions,
        "severity_error": errors,
        "confusion": confusion,
        "not_assessable": unreadable,
    }


def over_conditions(
    every: Mapping[str, Graded], drawn: Draws, which: Bools
) -> dict[str, tuple[Floats, int]]:
    """Return the means over conditions, (1 + R,), of some photos (P,) of the crops, and cases."""
    accuracy, kappa, cases = [], [], 0
    for graded_condition in every.values():
        inside = which[graded_condition.rows]
        part = graded_condition.at(inside)
        there, grade = tables_of(part, drawn.of(part.rows))
        accuracy.append(figures.balanced_accuracies(there))
        kappa.append(figures.weighted_kappas(grade))
        cases = max(cases, len(part.rows))
    return {
        "mean_balanced_accuracy": (_mean(accuracy), cases),
        "mean_weighted_kappa": (_mean(kappa), cases),
    }


def _mean(values: list[Floats]) -> Floats:
    """Mean over conditions where defined, NaN where none is."""
    stacked = np.stack(values)
    known = np.isfinite(stacked)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known, stacked, 0).sum(axis=0) / known.sum(axis=0), np.float64)


def evaluate(
    crops: Crops,
    network: Network,
    *,
    split: str,
    graph_sha256: str,
    resamples: int = RESAMPLES,
) -> dict[str, Any]:
    """Return the report of one network on one split's crops, ready for JSON and for a card.

    `crops` are as photographed: the recipe of the network's card is applied here. `graph_sha256`
    ties the figures to the weights they were measured on.
    """
    every = graded(crops, network)
    return summary(
        crops, every, split=split, graph_sha256=graph_sha256, drawn=draws_for(crops, resamples)
    )


def draws_for(crops: Crops, resamples: int = RESAMPLES) -> Draws:
    """Return the resampling of these crops' people."""
    return draws(crops.identity, resamples=resamples)


def summary(
    crops: Crops, every: Mapping[str, Graded], *, split: str, graph_sha256: str, drawn: Draws
) -> dict[str, Any]:
    """Return what `evaluate` returns, from grades already given."""
    figures_of_all = measured(every, drawn)
    tones: dict[str, Any] = {}
    for tone, types in TONES.items():
        which = np.isin(crops.fitzpatrick, types)
        means = over_conditions(every, drawn, which)
        tones[tone] = {
            "photos": int(which.sum()),
            **{name: figures.figure(values, n)["value"] for name, (values, n) in means.items()},
        }
    return {
        "split": split,
        "photos": len(crops.severity),
        "identities": len(np.unique(crops.identity)),
        "photos_without_a_face_found": crops.lost,
        "generator_sha256": list(crops.generators),
        "graph_sha256": graph_sha256,
        **figures_of_all,
        "mean_absolute_severity_error": {
            name: round(figure_of_one["value"], 2)
            for name, figure_of_one in figures_of_all["severity_error"].items()
            if figure_of_one["value"] is not None
        },
        "by_skin_tone": tones,
    }


def write_report(report: Mapping[str, Any], path: Path) -> None:
    """Write a report's JSON, whole or not at all.

    Raises EvaluationRefused for figures of any split but test: they are not to be shown as what a
    network can do.
    """
    if report.get("split") != "test":
        raise EvaluationRefused(
            f"The figures were computed on the {report.get('split')} split. A report is only "
            "written with figures of the test split."
        )
    part = path.with_suffix(".part")
    text = json.dumps(report, indent=1, allow_nan=False)
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)

"""A network's figures seen from one side each: skin tone, camera, calibration, precision, card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from inference.pipeline.card import Intervals
from inference.pipeline.pooling import intervals
from inference.training import figures
from inference.training.crops import Crops
from inference.training.evaluate import TONES, Graded, figures_of, over_conditions, tables_of
from inference.training.figures import Bools, Draws, Floats, Ints
from inference.training.generator.camera import Difficulty
from inference.training.reliability import (
    calibration_of,
    ece,
    ece_debiased,
    ece_if_perfect,
    top_and_presence,
    undone,
)

# The ten Monk tones in three groups, light, medium and dark, as Google's MST-E guide has them
# (Schumann et al. 2023, arXiv 2305.09073).
MONK: Mapping[str, tuple[int, ...]] = {"1-3": (1, 2, 3), "4-6": (4, 5, 6), "7-10": (7, 8, 9, 10)}
CAMERAS: tuple[Difficulty, ...] = ("good", "typical", "poor")


def by_tone(crops: Crops, every: Mapping[str, Graded], drawn: Draws) -> dict[str, Any]:
    """Return figures by Fitzpatrick type and, where known, by Monk tone."""
    groups = {"fitzpatrick": grouped(crops.fitzpatrick, TONES, every, drawn)}
    if len(crops.monk) == len(crops.severity) and (crops.monk > 0).all() and len(crops.monk):
        groups["monk"] = grouped(crops.monk, MONK, every, drawn)
    return groups


def grouped(
    tone: Ints, groups: Mapping[str, tuple[int, ...]], every: Mapping[str, Graded], drawn: Draws
) -> dict[str, Any]:
    """Return each group's figures, and how far the worst lies from the best, with intervals.

    The gap's interval is of the largest difference in each resample: it cannot reach zero, since
    some group is always worst.
    """
    rows: list[dict[str, Any]] = []
    accuracy: list[Floats] = []
    kappa: list[Floats] = []
    for name, members in groups.items():
        which = np.isin(tone, members)
        means = over_conditions(every, drawn, which)
        accuracy.append(means["mean_balanced_accuracy"][0])
        kappa.append(means["mean_weighted_kappa"][0])
        rows.append(
            {
                "group": name,
                "photos": int(which.sum()),
                **{key: figures.figure(values, n) for key, (values, n) in means.items()},
                "conditions": _two_figures(every, drawn, which),
            }
        )
    return {"groups": rows, "gap_balanced_accuracy": _gap(accuracy), "gap_kappa": _gap(kappa)}


def _gap(values: list[Floats]) -> figures.Figure:
    stacked = np.stack(values)
    return figures.figure(stacked.max(axis=0) - stacked.min(axis=0), len(values))


def _two_figures(every: Mapping[str, Graded], drawn: Draws, which: Bools) -> dict[str, Any]:
    figures_found = {}
    for condition, graded in every.items():
        part = graded.at(which[graded.rows])
        there, grade = tables_of(part, drawn.of(part.rows))
        figures_found[condition] = {
            "balanced_accuracy": figures.figure(figures.balanced_accuracies(there), len(part.rows)),
            "weighted_kappa": figures.figure(figures.weighted_kappas(grade), len(part.rows)),
        }
    return figures_found


def by_camera(
    taken: Mapping[str, tuple[Crops, Mapping[str, Graded]]], resamples: int
) -> list[dict[str, Any]]:
    """Return figures of the same people under each camera, from their crops and grades.

    The first of a camera's people are taken, as many as every camera has.
    """
    shared = set.intersection(*(set(crops.identity.tolist()) for crops, _ in taken.values()))
    rows = []
    for camera, (crops, every) in taken.items():
        which = np.isin(crops.identity, list(shared))
        drawn = figures.draws(crops.identity, resamples=resamples)
        means = over_conditions(every, drawn, which)
        rows.append(
            {
                "camera": camera,
                "photos": int(which.sum()),
                **{key: figures.figure(values, n) for key, (values, n) in means.items()},
                "conditions": _two_figures(every, drawn, which),
            }
        )
    return rows


def calibration(
    every: Mapping[str, Graded],
    drawn: Draws,
    before: Mapping[str, Graded] | None,
    fitted: Mapping[str, Any] | None,
    *,
    pooling: str = "arithmetic",
    fitzpatrick: Ints | None = None,
) -> dict[str, Any]:
    """Return calibration as scored and, where its card tells, without what was fitted.

    `pooling` names how a photo's crops are pooled as scored, `fitzpatrick` (P,) gives the tones of
    the photos that the grades' rows count.
    """
    tones = []
    if fitzpatrick is not None:
        tones = [of_tone(t, every, np.isin(fitzpatrick, types)) for t, types in TONES.items()]
    return {
        "bins": 15,
        "pooling": pooling,
        "fitted": dict(fitted) if fitted else None,
        "after": calibration_of(_drawn(every, drawn)),
        "before": calibration_of(_drawn(before, drawn)) if before else None,
        "by_tone": tones,
    }


def of_tone(tone: str, every: Mapping[str, Graded], which: Bools) -> dict[str, Any]:
    """Return one tone's errors, pooled over conditions, with what chance alone would show."""
    described: dict[str, Any] = {"group": tone, "photos": int(which.sum())}
    parts = [graded.at(which[graded.rows]) for graded in every.values()]
    both = [top_and_presence(part.probabilities, part.true) for part in parts]
    for kind in ("top", "presence"):
        confidence = np.concatenate([graded[kind][0] for graded in both])
        right = np.concatenate([graded[kind][1] for graded in both])
        known = len(confidence) > 0
        described[kind] = {
            "ece": round(float(ece(confidence, right)[0]), 4) if known else None,
            "ece_debiased": round(ece_debiased(confidence, right), 4) if known else None,
            "ece_if_perfect": round(ece_if_perfect(confidence), 4) if known else None,
        }
    return described


def pooling_beside(
    every: Mapping[str, Graded], before: Mapping[str, Graded], drawn: Draws
) -> dict[str, Any]:
    """Return figures of the same network pooled as its card says and by the arithmetic mean."""
    rows = {}
    for name, graded in (("after", every), ("before", before)):
        table = {
            c: figures_of(graded_crops, drawn.of(graded_crops.rows))
            for c, graded_crops in graded.items()
        }
        rows[name] = {
            kind: _mean_value([graded_crops[kind] for graded_crops in table.values()])
            for kind in ("grade_accuracy", "balanced_accuracy", "weighted_kappa")
        }
    return rows


def _mean_value(figures_found: list[figures.Figure]) -> float | None:
    """Return the mean of the figures that could be computed, None of none."""
    known = [figure["value"] for figure in figures_found if figure["value"] is not None]
    return round(sum(known) / len(known), 4) if known else None


def interval_coverage(
    every: Mapping[str, Graded], fitted: Intervals, fitzpatrick: Ints, drawn: Draws
) -> dict[str, Any]:
    """Return how often the severities' intervals hold the true one, by condition and by tone."""
    conditions: dict[str, Any] = {}
    inside: list[tuple[Ints, Floats]] = []
    for name, graded in every.items():
        if name not in fitted.face:
            continue
        low, high = intervals(graded.probabilities, fitted.face[name])
        held = ((low <= graded.severity + 1e-4) & (graded.severity - 1e-4 <= high)).astype(
            np.float64
        )
        inside.append((graded.rows, held))
        conditions[name] = {
            "held": figures.figure(figures.means(drawn.of(graded.rows), held), len(held)),
            "width": round(float((high - low).mean()), 2) if len(held) else None,
        }
    rows = np.concatenate([r for r, _ in inside]) if inside else np.zeros(0, np.int64)
    held = np.concatenate([h for _, h in inside]) if inside else np.zeros(0)
    tones = []
    for tone, types in TONES.items():
        which = np.isin(fitzpatrick[rows], types)
        covered = figures.figure(
            figures.means(drawn.of(rows[which]), held[which]), int(which.sum())
        )
        tones.append({"group": tone, "held": covered})
    return {
        "coverage": fitted.coverage,
        "all": figures.figure(figures.means(drawn.of(rows), held), len(rows)),
        "conditions": conditions,
        "by_tone": tones,
    }


def _drawn(every: Mapping[str, Graded], drawn: Draws) -> dict[str, tuple[Floats, Ints, Draws]]:
    return {
        name: (graded.probabilities, graded.true, drawn.of(graded.rows))
        for name, graded in every.items()
    }


def uncalibrated(
    each: Mapping[str, np.ndarray[Any, Any]], fitted: Mapping[str, Any]
) -> dict[str, Floats]:
    """Return the crops' probabilities of before calibration; a condition without is as it was."""
    return {
        condition: undone(p, fitted[condition]["temperature"], fitted[condition]["shift"])
        if condition in fitted
        else np.asarray(p, np.float64)
        for condition, p in each.items()
    }


def compare_precisions(
    float32: Mapping[str, Graded], int8: Mapping[str, Graded], drawn: Draws
) -> dict[str, Any]:
    """Return how far int8 is from float32: each figure, and severities in points."""
    conditions = {}
    apart: list[Floats] = []
    for name, graded in float32.items():
        other = int8[name]
        points = np.abs(other.given_severity - graded.given_severity)
        apart.append(points)
        ours, theirs = (tables_of(g, drawn.of(g.rows)) for g in (graded, other))
        conditions[name] = {
            "severity_mean": round(float(points.mean()), 3),
            "severity_max": round(float(points.max()), 3),
            "same_grade": round(float((graded.given == other.given).mean()), 4),
            "balanced_accuracy": figures.figure(
                figures.balanced_accuracies(theirs[0]) - figures.balanced_accuracies(ours[0]),
                len(points),
            ),
            "weighted_kappa": figures.figure(
                figures.weighted_kappas(theirs[1]) - figures.weighted_kappas(ours[1]), len(points)
            ),
        }
    every = np.concatenate(apart)
    return {
        "conditions": conditions,
        "severity_mean": round(float(every.mean()), 3),
        "severity_95": round(float(np.percentile(every, 95)), 3),
        "severity_max": round(float(every.max()), 3),
    }


def against_card(
    figures_found: Mapping[str, Any], card: Mapping[str, Any], *, names: tuple[str, ...]
) -> dict[str, Any]:
    """Return how far a card's own figures lie from the ones measured here.

    `same_photos` says whether they are of as many photos drawn by the same generator: then they
    must be equal.
    """
    said = card["performance"]
    differences = [
        abs(figures_[name]["value"] - said["conditions"][condition][name]["value"])
        for condition, figures_ in figures_found["conditions"].items()
        for name in names
        if condition in said["conditions"]
        and said["conditions"][condition].get(name, {}).get("value") is not None
        and figures_[name]["value"] is not None
    ]
    return {
        "photos": said.get("photos"),
        "same_photos": said.get("photos") == figures_found["photos"]
        and said.get("generator_sha256") == figures_found["generator_sha256"],
        "largest_difference": round(max(differences), 4) if differences else None,
    }

"""What two lines of arithmetic on a photo's colours say, beside what the network says.

A network that does not beat them has learnt nothing worth its weights. Each baseline is one number
a photo, of the crops as photographed (the recipe not applied), in CIE L*a*b* of the skin:

redness: mean a* of nose and cheeks less that of the forehead, for dermatitis;
brown: how far the darkest twentieth of the skin lies below its median in L*, the mean over the
    regions read by area, for melasma, lentigo and ephelides;
edge energy: the mean absolute Laplacian of L*, likewise, for dryness, texture, wrinkles and pores.

Compared are the areas under the curve of presence (Hanley and McNeil 1982), over the same photos,
with the paired interval of their difference over people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from inference.pipeline.assessed import CONDITIONS, REGION_CODES
from inference.training.crops import READ, Crops
from inference.training.evaluate import Graded
from inference.training.figures import Bools, Draws, Floats, figure

BASELINE: Mapping[str, str] = {
    "dermatitis": "redness",
    "melasma": "brown",
    "lentigo": "brown",
    "ephelides": "brown",
    "dryness": "edge energy",
    "texture": "edge energy",
    "wrinkles": "edge energy",
    "pores": "edge energy",
}
RED = ("nose", "cheek_left", "cheek_right")
PALE = ("forehead",)


def measures(crops: Crops) -> dict[str, Floats]:
    """Return mean a*, brown and edge energy of each crop's skin, (N,) each; NaN without skin."""
    count = len(crops.pixels)
    measured = {name: np.full(count, np.nan) for name in ("a", "brown", "edge energy")}
    for k, (pixels, skin) in enumerate(zip(crops.pixels, crops.skin, strict=True)):
        if not skin.any():
            continue
        lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        light = np.ascontiguousarray(lab[..., 0])
        measured["a"][k] = lab[..., 1][skin].mean()
        measured["brown"][k] = np.median(light[skin]) - np.percentile(light[skin], 5)
        measured["edge energy"][k] = np.abs(cv2.Laplacian(light, cv2.CV_32F)[skin]).mean()
    return measured


def over_photos(crops: Crops, values: Floats, read: Bools) -> Floats:
    """Return the area-weighted mean of crops' values over each photo, (P,), NaN where not read."""
    rows = np.flatnonzero(read & np.isfinite(values))
    total = np.bincount(crops.photo[rows], values[rows] * crops.area[rows], len(crops.severity))
    area = np.bincount(crops.photo[rows], crops.area[rows], len(crops.severity))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / area, np.float64)


def baseline_scores(crops: Crops) -> dict[str, Floats]:
    """Return each condition's baseline, one number a photo, (P,)."""
    each = measures(crops)
    names = np.array([*REGION_CODES, ""])[crops.region]
    red = over_photos(crops, each["a"], np.isin(names, RED))
    pale = over_photos(crops, each["a"], np.isin(names, PALE))
    fitted = {}
    for column, condition in enumerate(CONDITIONS):
        kind = BASELINE[condition]
        read = READ[crops.region, column]
        fitted[condition] = (
            red - pale if kind == "redness" else over_photos(crops, each[kind], read)
        )
    return fitted


def aucs(score: Floats, present: Bools, drawn: Draws) -> Floats:
    """Return areas under the curve, (1 + R,), NaN where a resample lacks one of the classes."""
    pairs = score[present][:, None] - score[~present][None, :]
    wins = (pairs > 0) + 0.5 * (pairs == 0)
    with_it, without = drawn.weights[:, present], drawn.weights[:, ~present]
    total = with_it.sum(axis=1) * without.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.einsum("rp,pq,rq->r", with_it, wins, without) / total, np.float64)


def against_baselines(
    crops: Crops, every: Mapping[str, Graded], drawn: Draws
) -> dict[str, dict[str, Any]]:
    """Return, by condition, the network's and its baseline's AUC of presence and their difference.

    `beats` says that the difference is above zero by its whole interval.
    """
    baseline = baseline_scores(crops)
    beside = {}
    for condition, graded in every.items():
        if condition not in baseline:
            continue
        line = baseline[condition][graded.rows]
        both = np.isfinite(line)
        part, mine = graded.at(both), drawn.of(graded.rows[both])
        present = part.true > 0
        ours = aucs(part.given_severity, present, mine)
        theirs = aucs(line[both], present, mine)
        difference = figure(ours - theirs, len(present))
        beside[condition] = {
            "baseline": BASELINE[condition],
            "network_auc": figure(ours, len(present)),
            "baseline_auc": figure(theirs, len(present)),
            "difference": difference,
            "beats": None if difference["low"] is None else difference["low"] > 0,
        }
    return beside

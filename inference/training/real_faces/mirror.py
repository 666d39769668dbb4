"""What a crop's mirror image scores on real faces, and what averaging over both would bring.

A face and its mirror image are as severe. How far their scores differ is noise of the network's,
and an average over both has less of it, at twice the network's time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.network import Network
from inference.pipeline.pooling import of_regions, severities
from inference.pipeline.recipe import get_recipe
from inference.training.crops import Crops, prepared
from inference.training.evaluate import over_photos, reads, seen

Floats = NDArray[np.float64]
Probabilities = Mapping[str, NDArray[np.float32]]
OF_CROPS = ("pixels", "skin", "noise", "gains", "region", "photo", "area", "colour_noise")


def mirrored_probabilities(
    crops: Crops, network: Network, pictures: NDArray[np.bool_]
) -> dict[str, NDArray[np.float32]]:
    """Return (N, K) a condition of the crops' mirror images, NaN but for those of `pictures` (P,).

    Mirrored after cleaning, as scoring does where a card asks for it.
    """
    rows = np.flatnonzero(pictures[crops.photo])
    some = replace(
        crops, **{name: known[rows] for name in OF_CROPS if len(known := getattr(crops, name))}
    )
    pixels = prepared(some, get_recipe(network.card.recipe))
    asked = network.predict(np.ascontiguousarray(pixels[:, :, ::-1])).probabilities
    mirrored = {}
    for condition, p in asked.items():
        mirrored[condition] = np.full((len(crops.photo), p.shape[1]), np.nan, np.float32)
        mirrored[condition][rows] = p
    return mirrored


def points_of(crops: Crops, each: Probabilities, network: Network) -> Floats:
    """Return the severities of the pictures, (P, 8) points, NaN where not read."""
    photos = over_photos(crops, each, network.card)
    points = np.full((len(crops.severity), len(CONDITIONS)), np.nan)
    for column, condition in enumerate(CONDITIONS):
        if condition in photos:
            points[:, column] = severities(photos[condition])
    return points


def rms(first: Floats, other: Floats) -> float:
    """Return the root of the mean square difference over what both have."""
    gap = (first - other)[np.isfinite(first - other)]
    return float(np.sqrt(np.mean(gap**2))) if gap.size else float("nan")


def apart(
    crops: Crops, plain: Probabilities, mirrored: Probabilities, network: Network
) -> dict[str, dict[str, float]]:
    """Return by condition how far a crop, a region and a face are from their mirror image, RMS."""
    card, differences = network.card, {}
    faces = [points_of(crops, each, network) for each in (plain, mirrored)]
    for condition, read in reads(card).items():
        both = read[crops.region] & np.isfinite(mirrored[condition]).all(axis=1)
        rows = np.flatnonzero(both)
        pair = [each[condition][rows] for each in (plain, mirrored)]
        regions = [of_regions(p, seen(crops, rows), card.pooling, condition)[0] for p in pair]
        column = CONDITIONS.index(condition)
        differences[condition] = {
            "crop": round(rms(*(severities(p) for p in pair)), 2),
            "region": round(rms(*(severities(p) for p in regions)), 2),
            "face": round(rms(*(points[:, column] for points in faces)), 2),
        }
    return differences


def averaged(plain: Probabilities, mirrored: Probabilities) -> dict[str, NDArray[np.float32]]:
    """Return the mean of both, as a card with `mirror` has it; NaN where one is."""
    return {c: np.asarray((p + mirrored[c]) / 2, np.float32) for c, p in plain.items()}


def compared(
    crops: Crops, plain: Probabilities, network: Network, pictures: NDArray[np.bool_]
) -> tuple[dict[str, Any], Floats]:
    """Return how far mirror images are apart, and the severities (P, 8) of the averages."""
    mirrored = mirrored_probabilities(crops, network, pictures)
    points = points_of(crops, averaged(plain, mirrored), network)
    return apart(crops, plain, mirrored, network), points

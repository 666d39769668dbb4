"""Which pairs of real crops a step sees, and how: both sides cut and changed alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from inference.pipeline.recipe import Recipe
from inference.training.augment import augment
from inference.training.batches import normalised
from inference.training.config import Arm
from inference.training.crops import READ, prepared
from inference.training.pair_loss import PairBatch
from inference.training.real_faces.cache import Pairs, read_pairs
from inference.training.real_faces.scenes import KINDS

LEAST_SEEN = 0.45  # of what a condition's regions get on average: less is no label of a crop
PAINTED = KINDS.index("painted")


@dataclass(frozen=True)
class RealCrops:
    """Pairs ready for training: cleaned by the recipe, and their rows by kind."""

    pairs: Pairs
    pixels: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    painted: NDArray[np.intp]  # rows of painted pairs
    alike: NDArray[np.intp]  # rows of nuisance and camera pairs

    @property
    def people(self) -> int:
        return len(np.unique(self.pairs.first.identity))


def load_real(folder: Path, recipe: Recipe) -> RealCrops:
    """Load the training part's pairs. Raises PhotographsRefused."""
    return real_crops(read_pairs(folder, "train"), recipe)


def real_crops(pairs: Pairs, recipe: Recipe) -> RealCrops:
    """Clean both sides by the recipe and sort the rows by kind."""
    kind = pairs.kind[pairs.photo]
    return RealCrops(
        pairs,
        (prepared(pairs.first, recipe), prepared(pairs.second, recipe)),
        np.flatnonzero(kind == PAINTED),
        np.flatnonzero(kind != PAINTED),
    )


def rows_of(real: RealCrops, arm: Arm, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw the rows of one step: half painted and half alike pairs in the last arm, else painted.

    Raises ValueError for the arm without real faces.
    """
    if arm == "drawn":
        raise ValueError("the arm drawn sees no real faces")
    alike = count // 2 if arm == "nuisances" and len(real.alike) else 0
    return np.concatenate(
        [rng.choice(real.painted, count - alike), rng.choice(real.alike, alike)]
        if alike
        else [rng.choice(real.painted, count)]
    )


def labels_of(
    pairs: Pairs, rows: NDArray[np.intp]
) -> tuple[list[NDArray[np.float32]], list[NDArray[np.float32]], list[NDArray[np.float32]]]:
    """Return severity, spread and known, (B, 8), of each side of these rows."""
    severity, spread, known = [], [], []
    photo = pairs.photo[rows]
    there = pairs.painted[photo] > 0
    enough = ~there | (pairs.seen[rows] > LEAST_SEEN)
    for side in (pairs.first, pairs.second):
        severities = side.severity[photo]
        severity.append(np.nan_to_num(severities))
        spread.append(np.nan_to_num(side.spread[photo]))
        read = READ[side.region[rows]] & np.isfinite(severities) & enough
        known.append(read.astype(np.float32))
    return severity, spread, known


def pair_batch(
    real: RealCrops, arm: Arm, *, count: int, side: int, rng: np.random.Generator,
    augmentation: bool = True,
) -> PairBatch:  # fmt: skip
    """Return one step's pairs; both crops of a pair are cut and changed alike."""
    rows = rows_of(real, arm, count, rng)
    sides: tuple[list[NDArray[np.uint8]], list[NDArray[np.uint8]]] = ([], [])
    for row in rows:
        corner, seed = rng.integers(0, real.pixels[0].shape[1] - side + 1, 2), rng.integers(1 << 40)
        window = tuple(slice(int(at), int(at) + side) for at in corner)
        for k in range(2):
            crop = real.pixels[k][row]
            if augmentation:
                crop = augment(crop, np.random.default_rng(seed))
            sides[k].append(crop[window])
    severity, spread, known = labels_of(real.pairs, rows)
    photo = real.pairs.photo[rows]
    read = READ[real.pairs.first.region[rows]]
    enough = real.pairs.seen[rows] > LEAST_SEEN
    step = np.where(read & enough, real.pairs.step[photo], 0).astype(np.float32)
    held = (read & real.pairs.held[photo]).astype(np.float32)

    def both(values: list[NDArray[np.float32]]) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.from_numpy(values[0]), torch.from_numpy(values[1])

    return PairBatch(
        normalised(np.stack(sides[0])), normalised(np.stack(sides[1])),
        both(severity), both(spread), both(known),
        torch.from_numpy(step), torch.from_numpy(held),
    )  # fmt: skip

"""What the steps of a recipe did to one photo: whether they acted, how strongly, how far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.recipe import Recipe, RecipeStep
from inference.pipeline.steps import STRENGTHS, RecipeContext
from participants.imaging.opencv import cv2

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class StepDone:
    """One step over all crops of a photo.

    `strength` is what it went by: 8-bit steps of noise, gains, or what the recipe sets. `luma` and
    `colour` say how far the skin's pixels were moved, mean absolute, in 8-bit steps of BT.601 luma
    and of Cb and Cr together.
    """

    step: str
    acted: bool
    strength: dict[str, float]
    luma: float
    colour: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON types, rounded."""
        rounded = {name: round(value, 3) for name, value in self.strength.items()}
        moved = {"luma": round(self.luma, 2), "colour": round(self.colour, 2)}
        return {**asdict(self), "strength": rounded, **moved}


def steps_done(
    stages: Sequence[Sequence[Pixels]],
    skin: Sequence[NDArray[np.bool_]],
    recipe: Recipe,
    context: RecipeContext,
) -> list[StepDone]:
    """Compare each step's result with what it was given, over the skin of every crop.

    `stages` has for each crop the crop itself and the result of each step, uint8 (S, S, 3); `skin`
    its mask, boolean (S, S).
    """
    return [
        _done(step, [(s[at], s[at + 1]) for s in stages], skin, context)
        for at, step in enumerate(recipe.steps)
    ]


def _done(
    step: RecipeStep,
    pairs: Sequence[tuple[Pixels, Pixels]],
    skin: Sequence[NDArray[np.bool_]],
    context: RecipeContext,
) -> StepDone:
    moved, seen = np.zeros(3), 0
    for (before, after), mask in zip(pairs, skin, strict=True):
        seen += int(mask.sum())
        if after is not before:
            moved += how_far(before, after, mask)
    each = moved / max(seen, 1)
    return StepDone(
        step=step.step,
        acted=bool(moved.any()),
        strength=STRENGTHS[step.step](context, step.parameters),
        luma=float(each[0]),
        colour=float(each[1:].mean()),
    )


def how_far(before: Pixels, after: Pixels, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the sums of the absolute changes of luma, Cr and Cb over a mask."""
    if np.array_equal(before, after):
        return np.zeros(3)
    planes = (cv2.cvtColor(p.astype(np.float32), cv2.COLOR_RGB2YCrCb) for p in (before, after))
    before_plane, other = planes
    return np.asarray(np.abs(before_plane - other)[mask].sum(axis=0), np.float64)

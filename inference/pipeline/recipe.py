"""Recipes: the cleaning of a crop before it is scored, named, versioned and hashed.

Pages and cards name recipes; what their steps compute, and NumPy, is loaded when one is applied.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from inference.pipeline.steps import RecipeContext

__all__ = [
    "RECIPES",
    "Recipe",
    "RecipeStep",
    "UnknownRecipe",
    "get_recipe",
    "newest",
]

Pixels: TypeAlias = "NDArray[np.uint8]"


class UnknownRecipe(LookupError):  # noqa: N818 - a refusal is named for what it says
    """No recipe of that name and version is known here."""


@dataclass(frozen=True)
class RecipeStep:
    """One step: its name and version in `STEPS`, its parameters, and where it comes from."""

    step: str
    parameters: Mapping[str, float]
    source: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))


@dataclass(frozen=True)
class Recipe:
    """Ordered steps under a name and version; two recipes of one hash clean alike."""

    name: str
    version: int
    title: str
    steps: tuple[RecipeStep, ...] = field(default=())

    @property
    def code(self) -> str:
        """The name a card and a run give it, for example `standard@1`."""
        return f"{self.name}@{self.version}"

    def as_dict(self) -> dict[str, Any]:
        """Return what the hash is taken over: names, versions and parameters, not the prose."""
        return {
            "name": self.name,
            "version": self.version,
            "steps": [{"step": s.step, "parameters": dict(s.parameters)} for s in self.steps],
        }

    @cached_property
    def sha256(self) -> str:
        """SHA-256 (hexadecimal) of the recipe's canonical JSON: sorted keys, no spaces."""
        text = json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def apply(self, pixels: Pixels, *, context: RecipeContext) -> Pixels:
        """Clean one crop, uint8 (H, W, 3) sRGB; the input is never changed.

        Raises ValueError for an array of another shape or type, UnknownRecipe for a step that
        does not exist.
        """
        out = [pixels, *self.stages(pixels, context=context)][-1]
        return out.copy() if out is pixels else out

    def stages(self, pixels: Pixels, *, context: RecipeContext) -> list[Pixels]:
        """Return the crop after each step; a step that leaves it alone gives the same array.

        Raises what `apply` raises.
        """
        from inference.pipeline.steps import STEPS

        if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != "uint8":
            raise ValueError(f"a crop is uint8 (H, W, 3), not {pixels.dtype} {pixels.shape}")
        out, after = pixels, []
        for step in self.steps:
            if step.step not in STEPS:
                raise UnknownRecipe(f"There is no step {step.step}.")
            out = STEPS[step.step](out, context, step.parameters)
            after.append(out)
        return after


_NONE = Recipe("none", 1, "The photo as it was taken")
_WHITE_BALANCE = RecipeStep(
    "white_balance@1",
    {"strength": 1.0, "least": 0.8, "most": 1.25},
    "Finlayson and Trezzi 2004, outside the face; von Kries scaling in linear light",
)
_ENHANCE = RecipeStep(
    "enhance@1",
    {"radius_px": 8.0, "contrast": 0.25, "most": 6.0, "chroma": 1.1},
    "Local contrast on CIELAB lightness about the crop's own mean",
)
_STANDARD = Recipe(
    "standard",
    1,
    "Noise reduction by measured noise, white balance from the background, gentle enhancement",
    (
        RecipeStep(
            "denoise@1",
            {"off_below": 3.0, "at_most": 12.0, "luma": 1.5, "chroma": 3.0, "radius_px": 2.0},
            "Tomasi and Manduchi 1998; left alone below sigma 3, chroma stronger than luma",
        ),
        _WHITE_BALANCE,
        _ENHANCE,
    ),
)
_STANDARD_2 = Recipe(
    "standard",
    2,
    "Colour noise taken out by its measure, white balance from the background, gentle enhancement",
    (
        RecipeStep(
            "denoise@2",
            {
                "floor": 0.9,
                "at_most": 12.0,
                "threshold": 2.0,
                "range": 4.0,
                "radius_px": 3.0,
            },
            "Starck and Murtagh 1994, Donoho 1995 and Tomasi and Manduchi 1998, in colour alone; "
            "nothing up to 0.9 steps of noise at the scale of reading",
        ),
        _WHITE_BALANCE,
        _ENHANCE,
    ),
)

RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {r.code: r for r in (_NONE, _STANDARD, _STANDARD_2)}
)


def newest(name: str) -> Recipe:
    """Return the newest version of a recipe's name. Raises UnknownRecipe."""
    versions = [recipe for recipe in RECIPES.values() if recipe.name == name]
    if not versions:
        raise UnknownRecipe(f"There is no recipe {name!r}.")
    return max(versions, key=lambda recipe: recipe.version)


def get_recipe(code: str) -> Recipe:
    """Return the recipe of a code such as `standard@1`. Raises UnknownRecipe."""
    try:
        return RECIPES[code]
    except KeyError:
        known = ", ".join(RECIPES)
        raise UnknownRecipe(f"There is no recipe {code!r}; there are {known}.") from None

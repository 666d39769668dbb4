"""What is painted on a face texture before it is lit: pigment, blood, relief, shine and cover."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inference.training.generator.chart import Canvas
from inference.training.generator.noise import Field


@dataclass
class SkinMaps:
    """Maps (H, W) float32 over the texture, changed in place by the painters."""

    canvas: Canvas
    melanin: Field  # volume fraction
    blood: Field  # volume fraction
    height: Field  # millimetres, up is out of the skin
    shine: Field  # factor on the mirror-like reflection, 1 for ordinary skin
    pale: Field  # share covered by white scale, 0 to 1
    shade: Field  # factor on all light, 1 open, 0 a deep hole

    def copy(self) -> SkinMaps:
        """Return maps that can be painted on without changing these."""
        return SkinMaps(
            self.canvas,
            self.melanin.copy(),
            self.blood.copy(),
            self.height.copy(),
            self.shine.copy(),
            self.pale.copy(),
            self.shade.copy(),
        )


@dataclass(frozen=True)
class Cover:
    """What lies over the skin: hair, eyes, lips' line. Colour (H, W, 3) linear, share (H, W)."""

    colour: Field
    share: Field
    shine: Field

    def lay(
        self,
        share: Field,
        colour: Field,
        shine: float = 0.3,
        window: tuple[slice, slice] | None = None,
    ) -> None:
        """Lay a colour over what is there, in place.

        `share` covers the whole texture or a `window` of it; `colour` is (3,) or as large as
        `share` with three channels.
        """
        if window is None:
            left, top, width, height = cv2.boundingRect((share > 0.002).astype(np.uint8))
            window = np.s_[top : top + height, left : left + width]
            share = share[window]
            colour = colour[window] if colour.ndim == 3 else colour
        kept = self.share[window] * (1 - share)
        total = np.maximum(kept + share, 1e-4)
        weight = (share / total)[..., None]
        self.colour[window] += weight * (colour - self.colour[window])
        self.shine[window] = self.shine[window] * (1 - share) + np.float32(shine) * share
        self.share[window] = kept + share


def add_at(field: Field, patch: Field, row: int, column: int) -> None:
    """Add a small patch (h, w) to a field in place, its corner at (row, column), clipped."""
    top, left = max(row, 0), max(column, 0)
    bottom = min(row + patch.shape[0], field.shape[0])
    right = min(column + patch.shape[1], field.shape[1])
    if top < bottom and left < right:
        field[top:bottom, left:right] += patch[
            top - row : bottom - row, left - column : right - column
        ]


def max_at(field: Field, patch: Field, row: int, column: int) -> None:
    """Raise a field in place to a small patch (h, w) with its corner at (row, column), clipped."""
    top, left = max(row, 0), max(column, 0)
    bottom = min(row + patch.shape[0], field.shape[0])
    right = min(column + patch.shape[1], field.shape[1])
    if top < bottom and left < right:
        view = field[top:bottom, left:right]
        np.maximum(view, patch[top - row : bottom - row, left - column : right - column], out=view)

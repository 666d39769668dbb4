"""One decoded photo as every measure looks at it: whole, scaled down once, and in tiles of skin.

A photo of 12 megapixels is walked over twice in its check, to scale it down and to write it again;
all else looks at the scaled picture, or at tiles of the photo's own pixels.

A measure of what scaling down averages away (noise, JPEG blocks, smear, grain) asks for tiles:

    def blocks(picture: Picture, face: Face) -> float:
        side = int(np.clip(face.inter_eye_px / 2, 24, 128))
        return median(step_at_eights(tile.luma, tile.left, tile.top)
                      for tile in picture.skin_tiles(face.landmarks, side))

and is called in `quality.measure_photo`, which makes the picture once; tiles are cut and brought to
luma or chroma once for all measures that ask for the same ones. `Tile.left` and `Tile.top` say
where in the photo a tile lies (JPEG's blocks begin at multiples of 8 there, as long as the photo
was not turned or scaled). `Picture.tile` cuts one anywhere else, as in the background.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from participants.imaging.opencv import cv2
from participants.imaging.scaling import shrink_by

Pixels = NDArray[np.uint8]

# A 12-megapixel photo passes as it is; a larger one is decoded coarser, its points with it.
LONGEST_SIDE: Final = 4096
THUMBNAIL_SIDE: Final = 480
WORKING_SIDE: Final = 1024
# Forehead middle, both inner cheeks, chin: skin in every face, seldom under hair.
SKIN_POINTS: Final = (9, 205, 425, 199)
SMALLEST_TILE: Final = 12  # pixels a side


@dataclass(frozen=True)
class Tile:
    """A rectangle of a photo's own pixels, uint8 (h, w, 3) sRGB, and its first column and row."""

    pixels: Pixels
    left: int
    top: int

    @cached_property
    def luma(self) -> Pixels:
        """BT.601 luma, uint8 (h, w), 0 to 255."""
        pixels = np.ascontiguousarray(self.pixels)
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)

    @cached_property
    def chroma(self) -> Pixels:
        """Cr and Cb of BT.601, uint8 (h, w, 2), 128 where there is no colour."""
        pixels = np.ascontiguousarray(self.pixels)
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb)[..., 1:], np.uint8)


@dataclass(frozen=True, eq=False)
class Picture:
    """`pixels` is uint8 (H, W, 3), upright sRGB at the photo's full size; nothing changes them."""

    pixels: Pixels
    _tiles: dict[tuple[int, int, int], Tile] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Raise ValueError for arrays of another kind."""
        pixels = self.pixels
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
            raise ValueError(f"expected uint8 (H, W, 3), got {pixels.dtype} {pixels.shape}")

    @classmethod
    def of(cls, photo: Self | Pixels) -> Self:
        """Return the picture itself, or make one of pixels."""
        return photo if isinstance(photo, cls) else cls(np.asarray(photo))

    @property
    def shape(self) -> tuple[int, ...]:
        """(H, W, 3)."""
        return self.pixels.shape

    @cached_property
    def times(self) -> int:
        """How many of the photo's pixels lie along a side of one of `small`."""
        height, width = self.pixels.shape[:2]
        return max(1, min(int(max(height, width)) // WORKING_SIDE, int(height), int(width)))

    @cached_property
    def small(self) -> Pixels:
        """The photo scaled down by `times`, its longer side 1024 to 2047 px; averaged, no alias."""
        return shrink_by(self.pixels, self.times)

    def tile(self, x: float, y: float, side: int) -> Tile | None:
        """Cut the square of `side` pixels about a point; None where less than 12 px lie inside."""
        at = int(x), int(y), side
        if at not in self._tiles:
            left, top = max(0, at[0] - side // 2), max(0, at[1] - side // 2)
            right, bottom = max(0, at[0] + side // 2), max(0, at[1] + side // 2)
            self._tiles[at] = Tile(self.pixels[top:bottom, left:right], left, top)
        tile = self._tiles[at]
        return tile if min(tile.pixels.shape[:2]) >= SMALLEST_TILE else None

    def skin_tiles(
        self, landmarks: NDArray[np.float32], side: int, *, places: Sequence[int] = SKIN_POINTS
    ) -> list[Tile]:
        """Cut squares about landmarks, float32 (468, 2 or 3): forehead, cheeks, chin.

        Those at an edge are smaller, down to 12 px; what lies outside is left out.
        """
        tiles = (self.tile(landmarks[at, 0], landmarks[at, 1], side) for at in places)
        return [tile for tile in tiles if tile is not None]

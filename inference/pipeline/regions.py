"""Where on the face a condition is read: regions over the 468-point mesh, cut at a fixed scale.

Left and right are the participant's own. The landmarks are MediaPipe's: numbered so that 33 is the
outer corner of the participant's right eye, which an unmirrored photo shows on the left. A mirrored
selfie shows the other side there; `mirrored=True` swaps the names back. Nothing in a front view's
pixels tells whether it is mirrored, so the caller must know; in side views the pose contradicts the
view asked for, and the quality check asks for another photo.

Millimetres come from the canonical face (`participants.imaging.scale`), so they are the size the
face would have if it were the canonical one: between people they vary by about a twentieth.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.anatomy import (
    EXCLUDED,
    LEFT_EYE_OUTER,
    REGIONS,
    RIGHT_EYE_OUTER,
    foreshortened,
)
from inference.pipeline.assessed import mirrored_code, visible_regions
from inference.pipeline.masks import STRIP_MM as HAIR_STRIP_MM
from inference.pipeline.masks import covered_mask
from inference.pipeline.outlines import Unreadable, face_scale, too_small, unseen
from participants.imaging.opencv import cv2

Pixels = NDArray[np.uint8]
Landmarks = NDArray[np.float32]

MIN_SKIN_FRACTION = 0.05
# Of a region that hair or rims cover further, too little is left to stand for it.
MIN_OPEN = 1 / 3
# A region wider than this share of the window is cut into columns, so that all of it is read.
MAX_WIDTH = 1.15
EXCLUDED_MARGIN_MM = 1.5


@dataclass(frozen=True)
class RegionCrop:
    """One square of skin at a fixed scale; a wide region gives several, side by side."""

    region: str
    tile: int
    pixels: Pixels  # (S, S, 3) RGB
    skin: NDArray[np.bool_]  # (S, S), true where the pixel belongs to the region's skin
    to_photo: NDArray[np.float64]  # (2, 3), crop (x, y) to photo (x, y)
    area_mm2: float  # skin seen in the crop, as projected on the photo

    def filled(self, pixels: Pixels | None = None) -> Pixels:
        """Return the crop, all that is not the region's skin replaced by its mean skin colour.

        So eyes, lips, hair and wall do not act on the score.
        """
        source = self.pixels if pixels is None else pixels
        out = source.copy()
        out[~self.skin] = source[self.skin].mean(axis=0).round().astype(np.uint8)
        return out


@dataclass(frozen=True)
class Regions:
    """What `find_regions` found: the crops, the regions left out, photo pixels per millimetre.

    `resolution` has the pixels per millimetre of each region cut, along its skin's most
    foreshortened way: less than `px_per_mm` where the skin turns from the camera.
    """

    crops: list[RegionCrop]
    unreadable: list[Unreadable]
    px_per_mm: float
    resolution: Mapping[str, float] = field(default_factory=dict)

    def resolved(self, region: str, min_px_per_mm: float) -> bool:
        """Say whether a region has pixels enough for something that needs this many."""
        return self.resolution.get(region, self.px_per_mm) >= min_px_per_mm


def extract_regions(
    pixels: Pixels,
    landmarks: Landmarks,
    view: str,
    *,
    size: int = 128,
    window_mm: float = 40.0,
    regions: Sequence[str] | None = None,
    mirrored: bool = False,
) -> list[RegionCrop]:
    """Return the crops of the regions that can be read; `find_regions` tells of the others."""
    regions_found = find_regions(
        pixels,
        landmarks,
        view,
        size=size,
        window_mm=window_mm,
        regions=regions,
        mirrored=mirrored,
    )
    return regions_found.crops


def find_regions(
    pixels: Pixels,
    landmarks: Landmarks,
    view: str,
    *,
    size: int = 128,
    window_mm: float = 40.0,
    regions: Sequence[str] | None = None,
    mirrored: bool = False,
) -> Regions:
    """Cut the regions of a view out of a photo.

    `pixels` is uint8 (H, W, 3) sRGB, `landmarks` float (468, 2 or 3) in its pixels, `view` is
    front, left or right: the side of the participant's own face turned to the camera. Every crop is
    `size` pixels and `window_mm` millimetres square, upright in the face's own sense. Raises
    ValueError for arrays of another shape or an unknown view.
    """
    _check_arrays(pixels, landmarks)
    wanted = [code for code in visible_regions(view) if regions is None or code in regions]
    scale = face_scale(landmarks)
    small = too_small(scale)
    if small:
        return Regions([], [Unreadable(code, "too-small", small) for code in wanted], scale)
    cutter: _Cutter | None = None  # made for the first region that can be cut
    crops: list[RegionCrop] = []
    unreadable: list[Unreadable] = []
    resolution: dict[str, float] = {}
    for code in wanted:
        drawn = mirrored_code(code) if mirrored else code
        refusal = unseen(code, drawn, (pixels.shape[1], pixels.shape[0]), landmarks, scale)
        if refusal is None:
            cutter = cutter or _Cutter(pixels, landmarks, scale, size, window_mm)
            cut = cutter.cut(code, drawn)
            crops += cut
            resolution[code] = foreshortened(landmarks, drawn)
            if not cut:
                refusal = cutter.why_not(code, drawn)
        if refusal is not None:
            unreadable.append(refusal)
    return Regions(crops, unreadable, scale, resolution)


def _check_arrays(pixels: Pixels, landmarks: Landmarks) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError(f"pixels must be uint8 (H, W, 3), not {pixels.dtype} {pixels.shape}")
    if landmarks.shape not in {(468, 2), (468, 3)}:
        raise ValueError(f"landmarks must be (468, 2) or (468, 3), not {landmarks.shape}")


class _Cutter:
    """Cuts squares out of one photo, first reduced to about the crops' own scale."""

    def __init__(
        self, pixels: Pixels, landmarks: Landmarks, scale: float, size: int, window_mm: float
    ) -> None:
        self._size = size
        self._crop_px_per_mm = size / window_mm
        # Averaging over areas first, since the affine warp alone would alias fine texture.
        self._reduced_by = max(scale / self._crop_px_per_mm, 1.0)
        # Only the face and what a square or the hair beside it may reach is looked at.
        margin = max(0.72 * window_mm, HAIR_STRIP_MM[1]) * scale
        low = np.floor(landmarks[:, :2].min(axis=0) - margin).clip(0).astype(int)
        high = np.ceil(landmarks[:, :2].max(axis=0) + margin).astype(int) + 1
        pixels = pixels[low[1] : high[1], low[0] : high[0]]
        height, width = pixels.shape[:2]
        small = (max(round(width / self._reduced_by), 1), max(round(height / self._reduced_by), 1))
        photo = (
            cv2.resize(pixels, small, interpolation=cv2.INTER_AREA)
            if self._reduced_by > 1.0
            else np.ascontiguousarray(pixels)
        )
        self._photo = np.asarray(photo, np.uint8)
        self._per_axis = np.array([width / self._photo.shape[1], height / self._photo.shape[0]])
        # Pixel centres: photo x = low + (reduced x + 0.5) * factor - 0.5.
        self._low = low.astype(np.float64)
        points = (landmarks[:, :2].astype(np.float64) - low + 0.5) / self._per_axis - 0.5
        self._points = points
        self._px_per_mm = scale / float(self._per_axis.mean())
        eyes = points[LEFT_EYE_OUTER] - points[RIGHT_EYE_OUTER]
        self._across = eyes / np.linalg.norm(eyes)
        self._face = self._face_mask()
        covered = covered_mask(self._photo, points, self._px_per_mm, self._face)
        self._skin_map = np.where(covered > 0, np.uint8(0), self._face)

    def _face_mask(self) -> NDArray[np.uint8]:
        """255 where skin may be: everywhere but eyes, brows, lips and nostrils."""
        mask = np.full(self._photo.shape[:2], 255, np.uint8)
        for outline in EXCLUDED:
            corners = self._points[list(outline)].round().astype(np.int32)
            cv2.fillPoly(mask, [corners], 0)
            margin = max(round(2 * EXCLUDED_MARGIN_MM * self._px_per_mm), 1)
            cv2.polylines(mask, [corners], True, 0, margin)
        return mask

    def _outlined(self, drawn: str) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """Return a region's outline in the reduced photo, and 255 within it."""
        outline = self._points[list(REGIONS[drawn].outline)]
        mask = np.zeros(self._photo.shape[:2], np.uint8)
        cv2.fillPoly(mask, [outline.round().astype(np.int32)], 255)
        return outline, mask

    def _is_covered(self, region: NDArray[np.uint8]) -> bool:
        open_skin = cv2.countNonZero(region & self._skin_map)
        return open_skin < MIN_OPEN * cv2.countNonZero(region & self._face)

    def why_not(self, code: str, drawn: str) -> Unreadable:
        """Say why `cut` gave nothing."""
        if self._is_covered(self._outlined(drawn)[1]):
            return Unreadable(code, "covered", "Hair or spectacles cover too much of it.")
        return Unreadable(code, "no-skin", "Too little skin is seen there.")

    def cut(self, code: str, drawn: str) -> list[RegionCrop]:
        """Return the crops of one region: none where too little of its skin is seen."""
        outline, mask = self._outlined(drawn)
        if self._is_covered(mask):
            return []
        mask &= self._skin_map
        crops: list[RegionCrop] = []
        for tile, (centre, part) in enumerate(self._columns(outline)):
            crop = self._square(code, tile, centre, mask if part is None else mask & part)
            if crop is not None:
                crops.append(crop)
        return crops

    def _columns(
        self, outline: NDArray[np.float64]
    ) -> Iterator[tuple[NDArray[np.float64], NDArray[np.uint8] | None]]:
        """Give the middles of the squares that cover a region, each with the part it reads.

        The outline's upright box is cut into columns, as many as it takes; a column reads none of
        its neighbour's skin, so that no skin counts twice. One column has all of it (None).
        """
        down = np.array([-self._across[1], self._across[0]])
        across, along = outline @ self._across, outline @ down
        window = self._size / self._crop_px_per_mm * self._px_per_mm
        count = max(1, math.ceil(float(np.ptp(across)) / (MAX_WIDTH * window)))
        # Never further apart than the window is wide: what it does not hold is lost at the rim.
        apart = min(float(np.ptp(across)) / count, window)
        edges = (across.min() + across.max()) / 2 + apart * (np.arange(count + 1) - count / 2)
        middle = (along.min() + along.max()) / 2
        for left, right in pairwise(edges):
            centre = (left + right) / 2 * self._across + middle * down
            yield centre, None if count == 1 else self._strip(left, right, middle, down)

    def _strip(
        self, left: float, right: float, middle: float, down: NDArray[np.float64]
    ) -> NDArray[np.uint8]:
        """255 between two lines that run along the face, over the reduced photo."""
        strip = np.zeros(self._photo.shape[:2], np.uint8)
        tall = float(sum(strip.shape)) * down
        corners = [
            edge * self._across + middle * down + end
            for edge, end in ((left, -tall), (right, -tall), (right, tall), (left, tall))
        ]
        cv2.fillPoly(strip, [np.round(corners).astype(np.int32)], 255)
        return strip

    def _square(
        self, code: str, tile: int, centre: NDArray[np.float64], mask: NDArray[np.uint8]
    ) -> RegionCrop | None:
        step = self._px_per_mm / self._crop_px_per_mm  # reduced-photo pixels per crop pixel
        turn = step * np.array(
            [[self._across[0], -self._across[1]], [self._across[1], self._across[0]]]
        )
        middle = (self._size - 1) / 2
        to_reduced = np.hstack([turn, (centre - turn @ [middle, middle])[:, None]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        side = (self._size, self._size)
        skin = cv2.warpAffine(mask, to_reduced, side, flags=flags) > 127
        if skin.mean() < MIN_SKIN_FRACTION:
            return None
        pixels = cv2.warpAffine(
            self._photo, to_reduced, side, flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        factor = self._per_axis[:, None]
        to_photo = to_reduced * factor
        to_photo[:, 2] += self._low + 0.5 * self._per_axis - 0.5
        area = float(skin.sum()) / self._crop_px_per_mm**2
        return RegionCrop(code, tile, np.asarray(pixels, np.uint8), skin, to_photo, area)

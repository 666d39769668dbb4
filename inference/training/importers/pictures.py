"""From one picture to its crops: the face's regions, or the middle of a close-up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.pipeline.colour import estimate_noise
from inference.pipeline.regions import RegionCrop, find_regions
from inference.pipeline.score import measure_context
from inference.pipeline.steps import RecipeContext
from inference.training.importers.listing import Item
from inference.training.importers.parts import PictureRule
from participants.imaging.decode import decode_photo
from participants.imaging.errors import PhotoUnreadable
from participants.imaging.face import FaceFinder

Pixels = NDArray[np.uint8]
# Beyond these, finer pixels are averaged away by the crops anyway.
FACE_SIDE, CLOSE_UP_SIDE = 4096, 2048
# Another face at least this large beside the largest: whose label is it?
OTHER_FACE = 0.6
# A head turned further shows one cheek only: half way to the 40° a side view asks for.
SIDE_YAW = 20.0
MIN_PX_PER_MM = 1.0


class NotUsable(Exception):  # noqa: N818 - says what is to be told of a picture
    """A picture no crop can be taken of: `reason` a code, the message for people."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class CutPicture:
    """The crops of one picture, what recipes need to know of it, and its look."""

    crops: list[RegionCrop]
    context: RecipeContext
    look: NDArray[np.bool_]  # (256,), see `look_of`


def cut_picture(
    path: Path, item: Item, rule: PictureRule, *, size: int, window_mm: float, finder: FaceFinder
) -> CutPicture:
    """Decode a picture (in a child process, upright, sRGB) and cut it.

    Raises NotUsable; DecoderFailed and FaceModelsMissing, which are not the picture's fault.
    """
    pixels = decode_picture(path, rule)
    return cut_pixels(pixels, item, rule, size=size, window_mm=window_mm, finder=finder)


def decode_picture(path: Path, rule: PictureRule) -> Pixels:
    """Return a picture's pixels, uint8 (H, W, 3) sRGB, upright. Raises NotUsable, DecoderFailed."""
    longest = FACE_SIDE if rule.kind == "face" else CLOSE_UP_SIDE
    try:
        return decode_photo(path, max_side=longest).pixels
    except PhotoUnreadable as error:
        detail = f" ({error.detail})" if error.detail else ""
        raise NotUsable("unreadable", f"{error.code}{detail}") from None
    except OSError as error:
        raise NotUsable("missing", error.strerror or "cannot be read") from None


def cut_pixels(
    pixels: Pixels,
    item: Item,
    rule: PictureRule,
    *,
    size: int,
    window_mm: float,
    finder: FaceFinder,
) -> CutPicture:
    """Cut the crops of decoded pixels. Raises NotUsable, FaceModelsMissing."""
    if rule.kind == "close_up":
        crops, context = _close_up(pixels, rule, size, window_mm)
    else:
        try:
            crops, context = _face(pixels, item, rule, size, window_mm, finder)
        except NotUsable as error:
            if error.reason != "no-face" or rule.without_face == "skip":
                raise
            crops, context = _close_up(pixels, rule, size, window_mm)
    return CutPicture(crops, context, look_of(pixels))


def _face(
    pixels: Pixels, item: Item, rule: PictureRule, size: int, window_mm: float, finder: FaceFinder
) -> tuple[list[RegionCrop], RecipeContext]:
    faces = finder.find_faces(pixels)
    if not faces:
        raise NotUsable("no-face", "no face was found")
    if len(faces) > 1 and faces[1].inter_eye_px >= OTHER_FACE * faces[0].inter_eye_px:
        raise NotUsable("several-faces", f"{len(faces)} faces, and nothing says whose the label is")
    face = faces[0]
    view = item.view
    if view == "auto":
        # A turn to the participant's own right (negative) shows their left cheek.
        view = "front" if abs(face.yaw) < SIDE_YAW else "left" if face.yaw < 0 else "right"
    regions = find_regions(
        pixels, face.landmarks, view, size=size, window_mm=window_mm, mirrored=rule.mirrored
    )
    if not regions.crops:
        why = regions.unreadable[0].message if regions.unreadable else "no region is seen"
        raise NotUsable("no-region", why)
    return regions.crops, measure_context(pixels, face.landmarks, regions.crops)


def _close_up(
    pixels: Pixels, rule: PictureRule, size: int, window_mm: float
) -> tuple[list[RegionCrop], RecipeContext]:
    """Cut the middle square: of `window_mm` where the scale is known, else as large as it goes.

    Without a scale the crop is no measure of size: its area is the nominal window's. All of it
    counts as skin, since nothing says what is not. The light is unknown: no background is seen.
    """
    height, width = pixels.shape[:2]
    side = min(height, width)
    if rule.width_mm is not None:
        per_mm = width / rule.width_mm
        wanted = round(window_mm * per_mm)
        if per_mm < MIN_PX_PER_MM or wanted > side:
            message = f"{width} pixels for {rule.width_mm:g} mm give no window of {window_mm:g} mm"
            raise NotUsable("too-small", message)
        side = wanted
    elif side < size:
        raise NotUsable("too-small", f"{width} × {height} pixels; crops have {size}")
    top, left = (height - side) // 2, (width - side) // 2
    middle = np.ascontiguousarray(pixels[top : top + side, left : left + side])
    way = cv2.INTER_AREA if side >= size else cv2.INTER_LINEAR
    crop = np.asarray(cv2.resize(middle, (size, size), interpolation=way), np.uint8)
    step = side / size
    to_photo = np.array([[step, 0, left + (step - 1) / 2], [0, step, top + (step - 1) / 2]])
    skin = np.ones((size, size), np.bool_)
    context = RecipeContext(noise_sigma=estimate_noise(crop), light_gains=None)
    return [RegionCrop("", 0, crop, skin, to_photo, window_mm**2)], context


def look_of(pixels: Pixels) -> NDArray[np.bool_]:
    """Return 256 bits that hardly change when a picture is saved again or made smaller.

    Whether each of 16 × 16 cells is brighter than its right neighbour (difference hash, Krawetz
    2013), so that copies of a picture are met even where their bytes differ.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = np.asarray(cv2.resize(grey, (17, 16), interpolation=cv2.INTER_AREA), np.int16)
    return np.asarray(small[:, 1:] > small[:, :-1]).ravel()

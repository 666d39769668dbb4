"""What hides the skin: closed lids, dark glasses, a mask, hair, a hand.

The networks that find the face guess what they cannot see, and their score is no test of it. So
these look at the pixels where skin, eyes and lips should be, each against the person's own skin,
so that no tone is nearer to being refused than another. A hand that leaves the mouth free, clear
glasses and make-up cannot be told from skin.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from participants.imaging.canonical import (
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
)
from participants.imaging.face import Face
from participants.imaging.measures import LINEAR, NOSE_BASE, FaceChip
from participants.imaging.medians import median, medians
from participants.imaging.natural import lab_of
from participants.imaging.opencv import cv2
from participants.imaging.topology import LIPS

Point = NDArray[np.floating]
EYES: Final = ((RIGHT_EYE_OUTER, RIGHT_EYE_INNER), (LEFT_EYE_OUTER, LEFT_EYE_INNER))
LIDS: Final = ((159, 145), (386, 374))  # upper and lower, in the middle of each eye
PLACES: Final = {  # skin of the same person, of which most is seen in most photos
    "forehead": (151, 9),
    "bridge": (6, 197),
    "nose": (4, 5),
    "right cheek": (205, 50, 101),
    "left cheek": (425, 280, 330),
    "chin": (199, 175),
}
STEP: Final = 0.05  # of the eye's width, between rows looked at
EYE_CONTRAST: Final = 0.6
SAME_CHROMA: Final = 0.6  # of the skin's own chroma: further in a*b* is no longer that skin
LIGHT: Final = np.array([0.2126, 0.7152, 0.0722], np.float32)


def eye_opening(chip: FaceChip, face: Face) -> float:
    """How open the more open eye is: its height over its width, weighed by its contrast.

    The height is the mean of two: the lids of the mesh, which hardly follow a closing eye, and how
    many rows between them have neither the colour nor the lightness of the skin below the eye. The
    contrast is the range of L* along the eye, in which white and iris lie side by side, over 0.6 of
    the skin's L*: a lid has lashes but no white. It weighs by its root alone, since the glare of
    spectacles takes half of it from an open eye. Open eyes of photographed people measured 0.25
    or more, 0.17 behind glare. OFIQ's `EyesOpen` uses the lids alone. Narrow eyes are not closed
    ones: the limits are below every open eye measured, at the price of only flagging many of the
    closed ones.
    """
    near = np.zeros(chip.face.shape, np.uint8)
    for ends in EYES:  # half of the eye's width is looked at above and below it
        width, middle = _frame(*chip.points[list(ends)])[0], chip.points[list(ends)].mean(axis=0)
        cv2.circle(near, (int(middle[0]), int(middle[1])), int(width) + 3, (1,), -1)
    lab = lab_of(chip, 0.6, near > 0)
    points = face.landmarks
    openings = []
    for (outer, inner), (upper, lower) in zip(EYES, LIDS, strict=True):
        width = float(np.linalg.norm(points[outer] - points[inner]))
        lids = float(np.linalg.norm(points[upper] - points[lower])) / max(width, 1e-3)
        first, last = chip.points[outer], chip.points[inner]
        weight = np.sqrt(_contrast(lab, first, last) / EYE_CONTRAST)
        openings.append((lids + _filled(lab, first, last)) / 2 * float(weight))
    return max(openings)


def _contrast(lab: NDArray[np.float32], outer: Point, inner: Point) -> float:
    """Range of L* along the eye, where it is most, over the L* of the skin below."""
    seen = _rows(lab, outer, inner, np.linspace(0.12, 0.88, 27), np.arange(-5, 6) * 0.04)
    skin = _rows(lab, outer, inner, np.linspace(0.12, 0.88, 27), np.array([0.40, 0.45]))
    low, high = np.percentile(seen[..., 0], (10, 90), axis=1)
    most = np.sort(high - low)[-4:].mean()
    return float(most) / max(median(skin[..., 0]), 15.0)


def _rows(
    lab: NDArray[np.float32], outer: Point, inner: Point, across: Point, down: Point
) -> NDArray[np.float32]:
    """Look at rows along the eye; `across` from its outer corner and `down`, in eye widths."""
    width, along, under = _frame(outer, inner)
    place = outer + width * (across[None, :, None] * along + down[:, None, None] * under)
    place = place.astype(np.float32)
    seen = cv2.remap(lab, place[..., 0], place[..., 1], cv2.INTER_LINEAR)
    return np.asarray(seen, np.float32)


def _filled(lab: NDArray[np.float32], outer: Point, inner: Point) -> float:
    """How high, in eye widths, what is not skin stands in the middle of the eye."""
    seen = _rows(lab, outer, inner, np.linspace(0.3, 0.7, 13), np.arange(-9, 10) * STEP)
    skin = np.median(seen[-3:], axis=(0, 1))
    colour = np.hypot(seen[..., 1] - skin[1], seen[..., 2] - skin[2])
    lightness = np.abs(seen[..., 0] - skin[0]) / max(float(skin[0]), 10.0)
    other = (colour > 0.35 * np.hypot(skin[1], skin[2]) + 2) | (lightness > 0.4)
    return STEP * float(other[4:16].sum(axis=0).mean())


def _frame(outer: Point, inner: Point) -> tuple[float, Point, Point]:
    """The eye's width in pixels, the way along it and the way down the face."""
    width = max(float(np.linalg.norm(inner - outer)), 1.0)
    along = (inner - outer) / width
    down = np.array([-along[1], along[0]])
    return width, along, down if down[1] > 0 else -down


def dark_glasses(chip: FaceChip) -> float:
    """Stops by which the skin above and below the eyes is darker than forehead and cheeks.

    Of each eye the lighter of the two places counts, of both eyes the lighter one: shade or dark
    rings reach 1 stop, glasses for the sun 2 to 5. Light or mirrored ones do not show.
    """
    usual = [_stops(chip, chip.points[at], 6, 6) for at in (205, 425, 9, 151, 50, 280)]
    shades = []
    for outer, inner in EYES:
        width, _, down = _frame(chip.points[outer], chip.points[inner])
        centre = (chip.points[outer] + chip.points[inner]) / 2
        lids = [_stops(chip, centre + at * width * down, width / 4, 2) for at in (-0.28, 0.30)]
        shades.append(max(lids))
    return float(np.median(usual)) - max(shades)


def _stops(chip: FaceChip, place: Point, across: float, down: float) -> float:
    """Median logarithm of the light in a rectangle about a place; 0 where none of it is seen."""
    x, y = (float(value) for value in place)
    rows = slice(max(0, int(y - down)), max(0, int(y + down)) + 1)
    part = chip.pixels[rows, max(0, int(x - across)) : max(0, int(x + across)) + 1]
    return median(np.log2(LINEAR[part] @ LIGHT + 0.002)) if part.size else 0.0


def covered(chip: FaceChip) -> float:
    """Percent of the skin above the mouth that has another colour than the person's own skin.

    Their own skin is the place of six most like the others in colour. Lightness may vary widely
    (shade, freckles, melasma), chroma little, so cloth, gloves and hair stand out. Below the nose
    nothing is counted: a beard is no covering one could take off. OFIQ: `FaceOcclusionPrevention`.
    """
    lab = lab_of(chip, 3.0, chip.skin)
    above = chip.skin.copy()
    above[int(np.clip(chip.points[NOSE_BASE, 1], 1, len(above) - 1)) :] = False
    colours = [_colour(lab, chip, places) for places in PLACES.values()]
    known = np.array([colour for colour in colours if colour is not None])
    if above.sum() < 500 or len(known) < 3:
        return 0.0
    apart = np.linalg.norm((known[:, None] - known[None]) * (0.35, 1, 1), axis=2)
    skin = known[np.argmin(np.median(apart, axis=1))]
    off = np.hypot(lab[..., 1] - skin[1], lab[..., 2] - skin[2])
    limit = max(11.0, SAME_CHROMA * float(np.hypot(skin[1], skin[2])))
    far_lighter = lab[..., 0] > 1.8 * skin[0] + 15
    hidden = (off > limit) | (lab[..., 0] < 0.35 * skin[0]) | far_lighter
    return 100 * float(hidden[above].mean())


def _colour(
    lab: NDArray[np.float32], chip: FaceChip, places: tuple[int, ...]
) -> NDArray[np.float32] | None:
    spots = np.zeros(chip.skin.shape, np.uint8)
    for x, y in chip.points[list(places)]:
        cv2.circle(spots, (int(x), int(y)), 8, (1,), -1)
    seen = lab[(spots > 0) & chip.skin]
    return medians(seen) if len(seen) > 50 else None


def mouth_contrast(chip: FaceChip) -> float:
    """ΔE*ab that a tenth of the lips differs by from the skin around the mouth.

    Lips, the line between them, teeth: every mouth, bearded or not, measured 9 or more; cloth or a
    hand over it about 1 to 5, whatever its colour. OFIQ: `MouthOcclusionPrevention`.
    """
    lips = np.zeros(chip.skin.shape, np.uint8)
    cv2.fillPoly(lips, [np.round(chip.points[list(LIPS)]).astype(np.int32)], (1,))
    wide, near = (cv2.dilate(lips, np.ones((size, size), np.uint8)) > 0 for size in (25, 9))
    around, inside = wide & ~near & chip.face, (lips > 0) & chip.face
    if around.sum() < 50 or inside.sum() < 50:
        return 100.0
    lab = lab_of(chip, 1.5, wide)
    apart = np.linalg.norm(lab[inside] - medians(lab[around]), axis=1)
    return float(np.percentile(apart, 90))

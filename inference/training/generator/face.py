"""Whole generated faces: a person, drawn as another person's camera sees them.

What the labels mean. A photo's severities hold for every region in which that condition is read
(`anatomy.READ_IN`): the same severity is painted in all of them, right and left, so a crop of any
such region has the photo's severity as its label. Elsewhere a condition is absent but for soft
borders. `conditions.grade_of` turns a severity into a grade.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.behind import draw_behind
from inference.training.generator.camera import Camera, expose, sample_camera
from inference.training.generator.chart import chart_mm
from inference.training.generator.conditions import CONDITIONS
from inference.training.generator.expression import with_expression
from inference.training.generator.identity import Identity
from inference.training.generator.light import Light, Pose, sample_light
from inference.training.generator.mesh import cover, interpolate, smooth_face
from inference.training.generator.noise import Field, stream
from inference.training.generator.room import draw_room
from inference.training.generator.shading import light_face
from inference.training.generator.texture import texture_of
from participants.imaging.pose import rotation_of

View = Literal["front", "left", "right"]
# Degrees, positive when the participant turns to their own left. The left view shows the left
# cheek, so the participant has turned to their right and the nose points left in the picture.
VIEW_YAW: dict[View, float] = {"front": 0.0, "left": -37.0, "right": 37.0}
FACE_SHARE = 0.60  # of the picture's height from chin to hairline
FACE_MM = 176.0
DISTANCE_MM = 560.0


@dataclass(frozen=True)
class GeneratedPhoto:
    """A photo and the truth behind it."""

    pixels: NDArray[np.uint8]  # (H, W, 3) sRGB, not mirrored
    identity: Identity
    view: View
    severities: dict[str, float]  # 0 to 1, each of the eight conditions
    landmarks: NDArray[np.float32]  # (468, 3) pixels; z grows away from the camera
    camera: Camera
    yaw: float  # degrees, signs as in participants.imaging.pose
    pitch: float
    roll: float


@dataclass(frozen=True)
class Framing:
    """Degrees and place of the head in a picture."""

    yaw: float
    pitch: float
    roll: float
    share: float = FACE_SHARE
    shift: tuple[float, float] = (0.0, 0.0)  # of the picture's width and height


def draw_photo(
    identity: Identity,
    severities: Mapping[str, float],
    *,
    view: View,
    seed: int,
    camera: Camera | None = None,
    width: int = 1080,
    height: int = 1440,
) -> GeneratedPhoto:
    """Draw one photo of a person with these severities (0 to 1, missing ones 0).

    `seed` sets what changes from photo to photo: small changes of pose, expression, light and room,
    and, when no `camera` is given, a good camera. The same arguments always give the same pixels.
    Raises ValueError for an unknown view or condition, or a severity outside 0 to 1.
    """
    if view not in VIEW_YAW:
        raise ValueError(f"a view is one of {', '.join(VIEW_YAW)}, not {view!r}")
    rng = stream(seed, f"framing {view}")
    framing = Framing(
        yaw=VIEW_YAW[view] + float(rng.normal(0, 2.5)),
        pitch=float(rng.normal(0, 2.5)),
        roll=float(rng.normal(0, 2.0)),
        share=FACE_SHARE * float(rng.uniform(0.95, 1.05)),
        shift=(float(rng.normal(0, 0.012)), float(rng.normal(0, 0.012))),
    )
    camera = camera or sample_camera(seed, difficulty="good")
    return draw_framed(
        identity, severities, view=view, seed=seed, camera=camera, framing=framing, width=width,
        height=height,
    )  # fmt: skip


def draw_framed(
    identity: Identity,
    severities: Mapping[str, float],
    *,
    view: View,
    seed: int,
    camera: Camera,
    framing: Framing,
    width: int,
    height: int,
) -> GeneratedPhoto:
    """Draw a photo with a head placed exactly; `draw_photo` chooses the framing for you."""
    complete = checked_severities(severities)
    rng = stream(seed, f"photo {view}")
    pose = _pose(framing, width, height)
    light = sample_light(rng, camera.uneven)
    points = with_expression(identity.points(), rng)
    image = draw_room(rng, height, width)
    skin = draw_behind(image, identity, points, pose, light)
    landmarks = _draw_face(image, identity, complete, points, pose, light)
    image *= _auto_exposure(skin)
    pixels = expose(image, camera, rng)
    return GeneratedPhoto(
        pixels, identity, view, complete, landmarks, camera, framing.yaw, framing.pitch,
        framing.roll,
    )  # fmt: skip


def checked_severities(severities: Mapping[str, float]) -> dict[str, float]:
    """Return all eight severities, 0 where none was given.

    Raises ValueError for an unknown condition or a severity outside 0 to 1.
    """
    unknown = set(severities) - set(CONDITIONS)
    if unknown:
        raise ValueError(f"unknown conditions: {', '.join(sorted(unknown))}")
    complete = {condition: float(severities.get(condition, 0.0)) for condition in CONDITIONS}
    for condition, severity in complete.items():
        if not 0 <= severity <= 1:
            raise ValueError(f"the severity of {condition} runs from 0 to 1, not {severity}")
    return complete


def _pose(framing: Framing, width: int, height: int) -> Pose:
    tall = min(height, width * 4 / 3) * framing.share
    focal = tall / FACE_MM * (DISTANCE_MM - 30)
    centre = (width * (0.5 + framing.shift[0]), height * (0.48 + framing.shift[1]))
    turn = rotation_of(framing.yaw, framing.pitch, framing.roll).astype(np.float32)
    # A turned head sits off its axis; bring the middle of the face back into the picture.
    middle = turn @ np.array([0, 6, 12], np.float32)
    pull = focal / DISTANCE_MM
    placed = (centre[0] - float(middle[0]) * pull, centre[1] - float(middle[1]) * pull)
    return Pose(turn, DISTANCE_MM, focal, placed)


def _auto_exposure(skin: NDArray[np.float32]) -> np.float32:
    """Return the gain of a phone that brightens dark and dims light faces, but only in part."""
    luma = float(skin @ np.array([0.2126, 0.7152, 0.0722], np.float32))
    return np.float32(np.clip((0.26 / max(luma, 0.02)) ** 0.30, 0.80, 1.6))


def _texture_scale(per_mm: float) -> float:
    """Return the texture's pixels per millimetre for a photo of this many: few steps, to reuse."""
    return next((scale for scale in (1.2, 2.2, 3.3) if per_mm <= scale), 4.6)


def _draw_face(
    image: Field,
    identity: Identity,
    severities: Mapping[str, float],
    points: NDArray[np.float32],
    pose: Pose,
    light: Light,
) -> NDArray[np.float32]:
    """Draw the face over what is in the image, in place, and return its landmarks."""
    smooth = smooth_face(2 if image.shape[0] > 800 else 1)
    seen = pose.in_camera(smooth.weights @ points)
    projected = pose.project(seen)
    per_mm = pose.focal / pose.distance
    texture = texture_of(identity, severities, _texture_scale(per_mm))
    lit = light_face(texture, smooth, seen, light)
    low = np.clip(np.floor(projected.min(axis=0)).astype(int) - 2, 0, None)
    high = np.minimum(np.ceil(projected.max(axis=0)).astype(int) + 3, image.shape[1::-1])
    if (low < high).all():
        part = image[low[1] : high[1], low[0] : high[0]]
        inside = (projected - low).astype(np.float32)
        which = cover(inside, seen[:, 2], smooth.triangles, (part.shape[0], part.shape[1]))
        chart = texture.canvas.pixels(smooth.weights @ chart_mm()) - np.float32(0.5)
        rows, columns, place = interpolate(which, inside, smooth.triangles, chart)
        across = np.zeros(which.shape, np.float32)
        down = np.zeros(which.shape, np.float32)
        across[rows, columns], down[rows, columns] = place[:, 0], place[:, 1]
        face = cv2.remap(lit, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        share = cv2.GaussianBlur((which >= 0).astype(np.float32), (0, 0), 0.8)
        share = np.where(which >= 0, np.clip(share * 2 - 1, 0, 1), 0)[..., None]
        part += share * (face - part)
    scale = pose.focal / pose.distance
    return np.column_stack([projected[:468], seen[:468, 2] * scale]).astype(np.float32)

"""Find faces: 468 points, a box, how surely it is a face, which way it looks, how large it is."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from participants.imaging.canonical import (
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
)
from participants.imaging.face_files import (
    DETECTOR,
    MESH,
    FaceModelsMissing,
    default_assets,
    read_network,
)
from participants.imaging.face_models import (
    MESH_SIDE,
    Detection,
    Detector,
    Mesh,
    fit,
)
from participants.imaging.opencv import cv2
from participants.imaging.picture import Picture
from participants.imaging.pose import fit_pose
from participants.imaging.scale import Scale, measure_scale

__all__ = ["Face", "FaceFinder", "FaceModelsMissing"]

CROP_SCALE: Final = 1.5  # of the detection's or the points' longer side, as MediaPipe crops
MIN_SCORE: Final = 0.5
SURE_SCORE: Final = 0.9
TURN_MARGIN: Final = 0.1
MIN_PRESENCE: Final = 0.5
SAME_FACE: Final = 0.3  # two finds whose boxes overlap more are one face
SAME_DETECTION: Final = 0.7  # of the detector's box, which is smaller, inside a face's


@dataclass(frozen=True)
class Face:
    """One face, in pixels of the photo given (x right, y down, z away from the camera).

    `box` is (x, y, width, height) around the points and may reach past the photo's edge.
    `landmarks` is float32 (468, 3); indices and topology are those of `canonical_face`. `presence`
    is the mesh network's own probability, 0 to 1, that a face is there; it is no test of occlusion.
    Angles in degrees with the participant's own signs, see `pose`: yaw is positive when they turn
    to their own left. `inter_eye_px` is the distance of the eye centres with depth counted, so a
    turned head does not shrink it.
    """

    box: tuple[float, float, float, float]
    landmarks: NDArray[np.float32]
    presence: float
    yaw: float
    pitch: float
    roll: float
    inter_eye_px: float

    @property
    def scale(self) -> Scale:
        """Millimetres per pixel from the face's own size, with the error of that."""
        return measure_scale(self.landmarks, yaw=self.yaw)

    @property
    def mm_per_pixel(self) -> float:
        """Millimetres per pixel, as `scale` has them."""
        return self.scale.mm_per_pixel


class FaceFinder:
    """Both networks, opened at the first photo and again in a forked child; safe for threads."""

    def __init__(self, assets: Path | None = None) -> None:
        self._assets = assets
        self._start_anew()
        _FINDERS.add(self)

    def _start_anew(self) -> None:
        self._lock = threading.Lock()
        self._networks: tuple[Detector, Mesh] | None = None

    def find_faces(self, photo: Picture | NDArray[np.uint8], *, max_faces: int = 3) -> list[Face]:
        """Find up to `max_faces` faces in a photo, or its pixels, the largest first.

        Pixels are sRGB, uint8 (H, W, 3). Raises FaceModelsMissing when the networks are not
        installed.
        """
        picture = Picture.of(photo)
        with self._lock:
            detector, mesh = self._open()
            faces: list[Face] = []
            for detections in _searches(detector, picture.small):
                for detection in detections[: 4 * max_faces]:
                    if any(_is_of(detection, known, picture.times) for known in faces):
                        continue
                    face = _measure(mesh, picture, detection)
                    if face and all(_overlap(face.box, known.box) < SAME_FACE for known in faces):
                        faces.append(face)
                if faces:
                    break
        return sorted(faces, key=lambda face: -face.inter_eye_px)[:max_faces]

    def _open(self) -> tuple[Detector, Mesh]:
        if self._networks is None:
            assets = self._assets or default_assets()
            self._networks = (
                Detector(read_network(assets, DETECTOR)),
                Mesh(read_network(assets, MESH)),
            )
        return self._networks


_FINDERS: Final[weakref.WeakSet[FaceFinder]] = weakref.WeakSet()


def _start_anew_in_child() -> None:
    """Drop what a fork copied: a lock no thread will release, networks of the parent's threads."""
    for finder in _FINDERS:
        finder._start_anew()


os.register_at_fork(after_in_child=_start_anew_in_child)


def _searches(detector: Detector, small: NDArray[np.uint8]) -> Iterator[list[Detection]]:
    """Look at the whole picture, from all four sides when in doubt; then closer, in parts.

    An upside-down face is also found upright, with a mesh to match and a presence of 1.0; only the
    detector's score tells (0.60 against 0.94), so the best-scored way up comes first. Phones are
    held upright, and turned heads score alike both ways up (0.759 against 0.761), so another way
    up has to be clearly better.
    """
    square = fit(small)
    candidates = [
        (candidate.score, candidate) for candidate in detector(square, min_score=MIN_SCORE)
    ]
    if not candidates or candidates[0][0] < SURE_SCORE:
        for turns in (1, 2, 3):
            turned = detector(square, min_score=MIN_SCORE, quarter_turns=turns)
            candidates += [(candidate.score - TURN_MARGIN, candidate) for candidate in turned]
    yield [candidate for _score, candidate in sorted(candidates, key=lambda ranked: -ranked[0])]
    height, width = small.shape[:2]
    longer, shorter = max(height, width), min(height, width)
    # A panorama is searched in squares of its height, or the detector would see its faces tiny.
    part = max(1, round(min(longer * 0.4, max(shorter, longer * 0.1))))
    closer = []
    for top in _starts(height, part):
        for left in _starts(width, part):
            shift = np.array([left, top], np.float32)
            piece = np.ascontiguousarray(small[top : top + part, left : left + part])
            for candidate in detector(fit(piece), min_score=MIN_SCORE):
                box = np.concatenate([candidate.box[:2] + shift, candidate.box[2:]])
                closer.append(Detection(candidate.score, box, candidate.eyes + shift))
    yield sorted(closer, key=lambda face: -face.score)


def _starts(length: int, part: int) -> list[int]:
    """Places of overlapping parts along one side."""
    if length <= part:
        return [0]
    count = max(2, round((length - part) / (part * 0.75)) + 1)
    return [round(start) for start in np.linspace(0, length - part, count)]


def _is_of(detection: Detection, face: Face, times: int) -> bool:
    """Say whether a detection, in pixels of the scaled picture, is a face that is known already.

    So the mesh is not run on what it would only find to be the same face.
    """
    (x, y), (width, height) = (detection.box.reshape(2, 2) * times).tolist()
    box = (x - width / 2, y - height / 2, width, height)
    return _overlap(box, face.box) >= SAME_DETECTION


def _measure(mesh: Mesh, picture: Picture, detection: Detection) -> Face | None:
    """Run the mesh on the detection, then once more on the square its own points give.

    The second run halves how far the points move when the photo is turned (1.4 to 0.7 mm).
    """
    pixels, small, shrink = picture.pixels, picture.small, 1 / picture.times
    centre, side = detection.box[:2] / shrink, float(detection.box[2:].max()) / shrink * CROP_SCALE
    across = detection.eyes[1] - detection.eyes[0]
    for _ in range(2):
        angle = float(np.arctan2(across[1], across[0]))
        use_small = (
            side * shrink >= MESH_SIDE
        )  # the small copy is not aliased; a far face needs all
        source, scale = (small, shrink) if use_small else (pixels, 1.0)
        points, presence = _crop_points(mesh, source, centre * scale, side * scale, angle)
        if presence < MIN_PRESENCE:
            return None
        points /= scale
        across = points[LEFT_EYE_OUTER, :2] - points[RIGHT_EYE_OUTER, :2]
        level = _turn(points[:, :2], -float(np.arctan2(across[1], across[0])))
        low, high = level.min(axis=0), level.max(axis=0)
        centre = _turn((low + high)[None] / 2, float(np.arctan2(across[1], across[0])))[0]
        side = float((high - low).max()) * CROP_SCALE
    return _face(points, presence)


def _crop_points(
    mesh: Mesh, source: NDArray[np.uint8], centre: NDArray[np.float32], side: float, angle: float
) -> tuple[NDArray[np.float32], float]:
    """Cut a square with the eyes level, run the mesh, and bring its points back to the source."""
    scale = side / MESH_SIDE
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    to_source = np.array([[cos, -sin], [sin, cos]])
    shift = centre - to_source @ [MESH_SIDE / 2, MESH_SIDE / 2]
    crop = cv2.warpAffine(
        source,
        np.column_stack([to_source, shift]),
        (MESH_SIDE, MESH_SIDE),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    points, presence = mesh(np.asarray(crop, np.uint8))
    points[:, :2] = points[:, :2] @ to_source.T + shift
    points[:, 2] *= scale
    return points, presence


def _turn(points: NDArray[np.float32], angle: float) -> NDArray[np.float32]:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]), np.float32)


def _face(points: NDArray[np.float32], presence: float) -> Face:
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    right = (points[RIGHT_EYE_OUTER] + points[RIGHT_EYE_INNER]) / 2
    left = (points[LEFT_EYE_OUTER] + points[LEFT_EYE_INNER]) / 2
    pose = fit_pose(points)
    return Face(
        box=(float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])),
        landmarks=points,
        presence=presence,
        yaw=pose.yaw,
        pitch=pose.pitch,
        roll=pose.roll,
        inter_eye_px=float(np.linalg.norm(left - right)),
    )


def _overlap(
    first: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> float:
    """Intersection of two boxes (x, y, width, height) over the smaller of the two."""
    low = np.maximum(first[:2], other[:2])
    high = np.minimum(np.add(first[:2], first[2:]), np.add(other[:2], other[2:]))
    shared = float(np.prod(np.clip(high - low, 0, None)))
    return shared / max(1.0, min(first[2] * first[3], other[2] * other[3]))

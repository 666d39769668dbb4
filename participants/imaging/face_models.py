"""Running the two face networks of MediaPipe (`face_files`) with OpenCV's own TFLite importer.

`ENGINE_CLASSIC`: the newer engine of OpenCV 5, and the attention mesh, do not import.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from participants.imaging.opencv import cv2

DETECTOR_SIDE: Final = 128
MESH_SIDE: Final = 192
ANCHORS: Final = 896


@dataclass(frozen=True)
class Detection:
    """A face as the detector sees it, in pixels of the picture it was given.

    `box` is (centre x, centre y, width, height); `eyes` is (2, 2): the participant's right eye,
    then the left, each (x, y).
    """

    score: float
    box: NDArray[np.float32]
    eyes: NDArray[np.float32]


@dataclass(frozen=True)
class Square:
    """A picture as the detector gets it: float32 (128, 128, 3), black where there is none of it.

    `scale` are its pixels for one of the picture's, `corner` where the picture begins (x, y).
    """

    pixels: NDArray[np.float32]
    scale: float
    corner: tuple[int, int]


def fit(pixels: NDArray[np.uint8]) -> Square:
    """Scale an RGB picture, uint8 (H, W, 3), into the detector's square."""
    height, width = pixels.shape[:2]
    scale = DETECTOR_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    left, top = (DETECTOR_SIDE - size[0]) // 2, (DETECTOR_SIDE - size[1]) // 2
    square = np.zeros((DETECTOR_SIDE, DETECTOR_SIDE, 3), np.float32)
    square[top : top + size[1], left : left + size[0]] = small
    return Square(square, scale, (left, top))


class Detector:
    """BlazeFace, short range: 128 × 128 in, 896 anchors out. Not safe for threads."""

    def __init__(self, network: bytes) -> None:
        self._net = _import(network)
        self._centres = _anchor_centres()

    def __call__(
        self, square: Square, *, min_score: float, quarter_turns: int = 0
    ) -> list[Detection]:
        """Find faces in a picture (`fit`), best first, overlapping ones merged.

        With `quarter_turns` the network sees the picture turned anticlockwise that often; the
        result is in the picture's own pixels all the same.
        """
        turned = np.rot90(square.pixels, quarter_turns)
        self._net.setInput((turned / 127.5 - 1).transpose(2, 0, 1)[None])
        # Asked one by one (OpenCV 5 gives no two), each of them runs the network.
        logits = self._net.forward("classificators")
        logits = np.clip(logits.reshape(ANCHORS).astype(np.float64), -100, 100)
        scores = 1 / (1 + np.exp(-logits))
        kept = np.flatnonzero(scores >= min_score)
        if not kept.size:
            return []
        raw = self._net.forward("regressors")
        values = raw.reshape(ANCHORS, 8, 2)[kept].astype(np.float32)
        points = [0, 2, 3, 4, 5, 6, 7]  # row 1 is width and height
        values[:, points] += self._centres[kept, None]
        for _ in range(quarter_turns):
            x, y = values[:, points, 0], values[:, points, 1]
            values[:, points] = np.stack([DETECTOR_SIDE - y, x], axis=2)
            values[:, 1] = values[:, 1, ::-1]
        values[:, points] -= np.array(square.corner, np.float32)
        boxes = (values / square.scale).astype(np.float32)
        return _merge(scores[kept].astype(np.float32), boxes)


class Mesh:
    """The face mesh: 192 × 192 in, 468 points and a presence out. Not safe for threads."""

    def __init__(self, network: bytes) -> None:
        self._net = _import(network)

    def __call__(self, crop: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float]:
        """Return the points, float32 (468, 3) in pixels of the 192 px RGB crop, and presence."""
        self._net.setInput((crop.astype(np.float32) / 255).transpose(2, 0, 1)[None])
        points = self._net.forward("conv2d_21")  # OpenCV 5 gives several outputs one by one only
        logit = self._net.forward("conv2d_31")
        presence = 1 / (1 + np.exp(-float(np.ravel(logit)[0])))
        return points.reshape(468, 3).astype(np.float32), float(presence)


def _import(network: bytes) -> cv2.dnn.Net:
    buffer = np.frombuffer(network, np.uint8)
    return cv2.dnn.readNetFromTFLite(buffer, engine=cv2.dnn.ENGINE_CLASSIC)


def _anchor_centres() -> NDArray[np.float32]:
    """Centres in 128 px: two anchors a cell on a 16 × 16 grid, then six on 8 × 8."""
    centres = []
    for cells, each in ((16, 2), (8, 6)):
        middle = (np.arange(cells) + 0.5) * (DETECTOR_SIDE / cells)
        x, y = np.meshgrid(middle, middle)
        grid = np.stack([x.ravel(), y.ravel()], axis=1)
        centres.append(np.repeat(grid, each, axis=0))
    return np.concatenate(centres).astype(np.float32)


def _merge(scores: NDArray[np.float32], values: NDArray[np.float32]) -> list[Detection]:
    """Average the anchors that agree on a face, weighted by score, as MediaPipe does (IoU 0.3)."""
    left = np.argsort(-scores)
    detections = []
    while left.size:
        best = left[0]
        together = left[_overlap(values[best, :2], values[left, :2]) > 0.3]
        together = together if together.size else left[:1]
        mean = np.average(values[together], axis=0, weights=scores[together])
        detections.append(Detection(float(scores[best]), mean[:2].reshape(4), mean[2:4]))
        left = np.setdiff1d(left, together, assume_unique=True)
        left = left[np.argsort(-scores[left])]
    return detections


def _overlap(box: NDArray[np.float32], many: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of centre-and-size boxes: (2, 2) against (n, 2, 2)."""
    low = np.maximum(box[0] - box[1] / 2, many[:, 0] - many[:, 1] / 2)
    high = np.minimum(box[0] + box[1] / 2, many[:, 0] + many[:, 1] / 2)
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    union = np.prod(box[1]) + np.prod(many[:, 1], axis=1) - shared
    overlap: NDArray[np.float32] = shared / np.maximum(union, 1e-6)
    return overlap

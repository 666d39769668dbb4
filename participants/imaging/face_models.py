"""The two face networks of MediaPipe, read out of the npm package that the phone's page uses too.

`@mediapipe/face_mesh` 0.4.1633559619 (Apache-2.0) packs its files into one `.data` file; its loader
script holds their offsets. Only this version will do: each network is checked against its SHA-256,
so the phone and the server find the same points. OpenCV's own TFLite importer runs them
(`ENGINE_CLASSIC`; the newer engine of OpenCV 5 and the attention mesh do not import).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from participants.imaging.opencv import cv2

VERSION: Final = "0.4.1633559619"
ASSETS_VARIABLE: Final = "GSH_FACE_ASSETS"
PACKED: Final = "face_mesh_solution_packed_assets.data"
LOADER: Final = "face_mesh_solution_packed_assets_loader.js"
DETECTOR: Final = "face_detection_short_range.tflite"
MESH: Final = "face_landmark.tflite"
SHA256: Final = {
    DETECTOR: "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
    MESH: "c603fa6149219a3e9487dc9abd7a0c24474c77263273d24868378cdf40aa26d1",
}
DETECTOR_SIDE: Final = 128
MESH_SIDE: Final = 192
ANCHORS: Final = 896


class FaceModelsMissing(RuntimeError):  # noqa: N818 - says what is the matter
    """The face networks are not installed, or are not the ones this code was checked with."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"{problem}. The face networks come with the npm package @mediapipe/face_mesh "
            f"{VERSION}: run `make setup` (or `npm ci`) in the project's folder, or set "
            f"{ASSETS_VARIABLE} to the folder of that package."
        )


def default_assets() -> Path:
    """Return the package's folder: the environment's choice, else node_modules of this project."""
    chosen = os.environ.get(ASSETS_VARIABLE)
    return Path(chosen) if chosen else _project() / "node_modules/@mediapipe/face_mesh"


def _project() -> Path:
    return Path(__file__).resolve().parents[2]


def read_network(assets: Path, name: str) -> bytes:
    """Cut one network out of the packed assets.

    Raises FaceModelsMissing when it is not there or its SHA-256 is not the known one.
    """
    try:
        loader = (assets / LOADER).read_text(encoding="utf-8")
        listed = re.search(r'"files": (\[.*?\])', loader)
        entries = json.loads(listed[1]) if listed else []
        places = {Path(entry["filename"]).name: (entry["start"], entry["end"]) for entry in entries}
        start, end = places[name]
        with (assets / PACKED).open("rb") as packed:
            packed.seek(start)
            network = packed.read(end - start)
    except OSError as error:
        raise FaceModelsMissing(f"No face networks in {assets}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise FaceModelsMissing(f"{assets} does not list {name}") from error
    if hashlib.sha256(network).hexdigest() != SHA256[name]:
        raise FaceModelsMissing(f"{name} in {assets} is not the one this project was checked with")
    return network


@dataclass(frozen=True)
class Detection:
    """A face as the detector sees it, in pixels of the picture it was given.

    `box` is (centre x, centre y, width, height); `eyes` is (2, 2): the participant's right eye,
    then the left, each (x, y).
    """

    score: float
    box: NDArray[np.float32]
    eyes: NDArray[np.float32]


class Detector:
    """BlazeFace, short range: 128 × 128 in, 896 anchors out. Not safe for threads."""

    def __init__(self, network: bytes) -> None:
        self._net = _import(network)
        self._centres = _anchor_centres()

    def __call__(
        self, pixels: NDArray[np.uint8], *, min_score: float, quarter_turns: int = 0
    ) -> list[Detection]:
        """Find faces in an RGB picture, uint8 (H, W, 3), best first, overlapping ones merged.

        With `quarter_turns` the network sees the picture turned anticlockwise that often; the
        result is in the picture's own pixels all the same.
        """
        height, width = pixels.shape[:2]
        side = max(height, width)
        scale = DETECTOR_SIDE / side
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        left, top = (DETECTOR_SIDE - size[0]) // 2, (DETECTOR_SIDE - size[1]) // 2
        square = np.zeros((DETECTOR_SIDE, DETECTOR_SIDE, 3), np.float32)
        square[top : top + size[1], left : left + size[0]] = small
        turned = np.rot90(square, quarter_turns)
        self._net.setInput((turned / 127.5 - 1).transpose(2, 0, 1)[None])
        raw = self._net.forward("regressors")
        logits = self._net.forward("classificators")
        logits = np.clip(logits.reshape(ANCHORS).astype(np.float64), -100, 100)
        scores = 1 / (1 + np.exp(-logits))
        kept = np.flatnonzero(scores >= min_score)
        values = raw.reshape(ANCHORS, 8, 2)[kept].astype(np.float32)
        points = [0, 2, 3, 4, 5, 6, 7]  # row 1 is width and height
        values[:, points] += self._centres[kept, None]
        for _ in range(quarter_turns):
            x, y = values[:, points, 0], values[:, points, 1]
            values[:, points] = np.stack([DETECTOR_SIDE - y, x], axis=2)
            values[:, 1] = values[:, 1, ::-1]
        values[:, points] -= np.array([left, top], np.float32)
        return _merge(scores[kept].astype(np.float32), (values / scale).astype(np.float32))


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
    found = []
    while left.size:
        best = left[0]
        together = left[_overlap(values[best, :2], values[left, :2]) > 0.3]
        together = together if together.size else left[:1]
        mean = np.average(values[together], axis=0, weights=scores[together])
        found.append(Detection(float(scores[best]), mean[:2].reshape(4), mean[2:4]))
        left = np.setdiff1d(left, together, assume_unique=True)
        left = left[np.argsort(-scores[left])]
    return found


def _overlap(one: NDArray[np.float32], many: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of centre-and-size boxes: (2, 2) against (n, 2, 2)."""
    low = np.maximum(one[0] - one[1] / 2, many[:, 0] - many[:, 1] / 2)
    high = np.minimum(one[0] + one[1] / 2, many[:, 0] + many[:, 1] / 2)
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    union = np.prod(one[1]) + np.prod(many[:, 1], axis=1) - shared
    overlap: NDArray[np.float32] = shared / np.maximum(union, 1e-6)
    return overlap

"""What training does to crops so that the network does not lean on the camera."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def augment(crop: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return one crop, uint8 (S, S, 3), changed as another camera, pose or day might.

    Mirror image, small turn, size and shift, gain and colour, blur, noise, JPEG. None of these
    changes a grade.
    """
    side = crop.shape[0]
    if rng.random() < 0.5:
        crop = np.ascontiguousarray(crop[:, ::-1])
    if rng.random() < 0.7:
        crop = _moved(crop, rng)
    values: NDArray[np.floating] = crop.astype(np.float32)
    if rng.random() < 0.8:
        gain = np.exp(rng.normal(0, 0.12) + rng.normal(0, 0.05, 3)).astype(np.float32)
        values = (values - np.float32(rng.normal(0, 6))) * gain
    if rng.random() < 0.3:
        values = np.asarray(cv2.GaussianBlur(values, (0, 0), float(rng.uniform(0.3, 0.9))))
    if rng.random() < 0.3:
        noise = rng.standard_normal((side, side, 3), dtype=np.float32)
        values = values + np.float32(rng.uniform(1, 4)) * noise
    out: NDArray[np.uint8] = np.clip(values, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        quality = int(rng.integers(60, 95))
        _, packed = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, quality])
        out = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return out


def _moved(crop: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    side = crop.shape[0]
    middle = (side / 2, side / 2)
    turn, scale = float(rng.normal(0, 6)), float(rng.normal(1, 0.05))
    matrix = np.asarray(cv2.getRotationMatrix2D(middle, turn, scale), np.float64)
    matrix[:, 2] = matrix[:, 2] + rng.normal(0, 0.03 * side, 2)
    moved = cv2.warpAffine(crop, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
    return np.array(moved, dtype=np.uint8)

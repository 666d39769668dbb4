"""Small colour arithmetic the steps share: sRGB and linear light, noise, the light of a scene."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from participants.imaging.medians import median
from participants.imaging.opencv import cv2

Pixels = NDArray[np.uint8]

# Rec. 709 luminance of linear R, G, B (ITU-R BT.709-6).
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])

_CODES = np.arange(256) / 255.0
# sRGB transfer function, IEC 61966-2-1.
_LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4)


def linear_light(pixels: Pixels) -> NDArray[np.float64]:
    """sRGB codes (…, 3) to linear light 0..1."""
    return np.asarray(_LINEAR[pixels], np.float64)


def to_srgb(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear light to sRGB codes 0..255, not rounded."""
    clipped = np.clip(linear, 0.0, 1.0)
    low = clipped * 12.92
    return np.asarray(
        255.0 * np.where(clipped <= 0.0031308, low, 1.055 * clipped ** (1 / 2.4) - 0.055)
    )


def estimate_noise(pixels: Pixels, where: NDArray[np.bool_] | None = None) -> float:
    """Return the standard deviation of the luma's noise in 8-bit codes.

    The robust median rule on the finest diagonal wavelet (Haar) coefficients, Donoho and Johnstone
    1994: median(|HH|) / 0.6745. `where`, boolean (H, W), limits it to blocks of four all inside.
    Clipped blocks carry no noise and are left out. 0.0 when fewer than 64 blocks are left.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.int16)
    a, b, c, d = _corners(grey)
    least = np.minimum(np.minimum(a, b), np.minimum(c, d))
    most = np.maximum(np.maximum(a, b), np.maximum(c, d))
    usable = (least > 8) & (most < 247)
    if where is not None:
        for corner in _corners(where):
            usable &= corner
    details = np.abs(a - b - c + d)[usable]
    return median(details) / 2 / 0.6745 if details.size >= 64 else 0.0


def _corners(values: NDArray[np.generic]) -> list[NDArray[Any]]:
    """The four pixels of every block of four, each (H // 2, W // 2), row by row."""
    height, width = values.shape[0] // 2 * 2, values.shape[1] // 2 * 2
    return [values[row:height:2, column:width:2] for row in (0, 1) for column in (0, 1)]


def light_gains(
    pixels: Pixels,
    background: NDArray[np.bool_],
    *,
    power: float = 6.0,
    least_background: float = 0.1,
) -> tuple[float, float, float] | None:
    """Return the gains of R, G, B (linear light) that make the scene's light neutral, or None.

    Shades of grey with a Minkowski norm (Finlayson and Trezzi 2004) over the background alone,
    clipped and near-black pixels left out: over skin the same estimate would take the tone of the
    skin for the light and bleach or darken it. The gains keep the luminance of neutral grey. None
    when less than `least_background` of the photo is usable background.
    """
    usable = background & (pixels > 10).all(axis=2) & (pixels < 247).all(axis=2)
    if usable.mean() < least_background:
        return None
    light = (linear_light(pixels[usable]) ** power).mean(axis=0) ** (1 / power)
    gains = float(LUMINANCE @ light) / light
    gains /= float(LUMINANCE @ gains)
    return float(gains[0]), float(gains[1]), float(gains[2])


def background_mask(shape: tuple[int, int], landmarks: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return true (H, W) where neither the face nor what hangs below it (neck, chest) is seen.

    `landmarks` (468, 2 or 3) in pixels of an image of that shape. The face is its landmarks' hull
    grown by 30% about its middle (ears, hair), and everything below it between its sides.
    """
    points = landmarks[:, :2].astype(np.float32)
    hull = cv2.convexHull(points)[:, 0, :]
    middle = hull.mean(axis=0)
    grown = (middle + (hull - middle) * 1.3).round().astype(np.int32)
    covered = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(covered, grown, 1)
    left, right = max(int(grown[:, 0].min()), 0), max(int(grown[:, 0].max()), 0)
    covered[max(int(middle[1]), 0) :, left : right + 1] = 1
    return np.asarray(covered == 0)

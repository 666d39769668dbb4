"""A phone's camera: what it does to light on its way to a JPEG.

In order, in linear light: uneven light, exposure, white balance error, lens blur, motion, sensor
noise; then, in sRGB, the phone's own smoothing and sharpening, and JPEG. White balance errors are
log-normal with deviations 0.18 (red) and 0.22 (blue) at full strength; noise is Poisson-Gaussian
(Foi et al. 2008, IEEE TIP 17(10)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.noise import Field, stream
from inference.training.generator.skin import linear_to_srgb

Difficulty = Literal["good", "typical", "poor"]
WHITE_BALANCE_DEVIATION = (0.18, 0.22)  # log gains of red and blue
REFERENCE_HEIGHT = 1440  # pixels; blurs are given for this height and scale with the picture


@dataclass(frozen=True)
class Camera:
    """Settings of one shot."""

    lens_blur: float = 0.6  # standard deviation, pixels at REFERENCE_HEIGHT
    motion: float = 0.0  # length of the smear, pixels at REFERENCE_HEIGHT
    motion_degrees: float = 0.0
    exposure: float = 0.0  # stops
    red_gain: float = 1.0
    blue_gain: float = 1.0
    shot_noise: float = 0.0004  # variance per unit of linear light
    read_noise: float = 0.0015  # deviation, share of full scale
    smoothing: float = 0.0  # 0 to 1, the phone's noise filter
    sharpening: float = 0.2  # strength of the unsharp mask
    uneven: float = 0.0  # 0 light from in front, 1 mostly from one side
    falloff: float = 0.0  # how much darker one edge of the picture is, 0 to 1
    falloff_degrees: float = 0.0
    jpeg_quality: int = 90


# Strengths of each fault at the three difficulties.
_STRENGTH: dict[Difficulty, float] = {"good": 0.2, "typical": 0.6, "poor": 1.25}


def sample_camera(seed: int, *, difficulty: Difficulty = "typical") -> Camera:
    """Return the camera settings of this seed.

    Raises KeyError for an unknown difficulty.
    """
    rng = stream(seed, "camera")
    strength = _STRENGTH[difficulty]
    red, blue = rng.normal(0, 1, 2) * WHITE_BALANCE_DEVIATION * strength
    quality = {"good": (86, 96), "typical": (72, 93), "poor": (60, 82)}[difficulty]
    return Camera(
        lens_blur=0.45 + abs(float(rng.normal(0, 1.1))) * strength,
        motion=float(rng.exponential(2.4)) * strength,
        motion_degrees=float(rng.uniform(0, 180)),
        exposure=float(rng.normal(0, 0.3)) * strength,
        red_gain=float(np.exp(red)),
        blue_gain=float(np.exp(blue)),
        shot_noise=float(np.exp(rng.normal(-8.0, 0.5))) * (0.5 + 3 * strength),
        read_noise=float(np.exp(rng.normal(-6.7, 0.4))) * (0.5 + 2.5 * strength),
        smoothing=float(rng.beta(1.2, 3.5)) * min(1.0, strength + 0.1),
        sharpening=float(rng.uniform(0.0, 0.7)),
        uneven=float(rng.beta(1.3, 3.5)) * min(1.0, strength + 0.1),
        falloff=float(rng.uniform(0, 0.35)) * strength,
        falloff_degrees=float(rng.uniform(0, 360)),
        jpeg_quality=int(rng.integers(*quality)),
    )


def expose(light: Field, camera: Camera, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the photo, sRGB uint8 (H, W, 3), that a camera makes of linear light (H, W, 3)."""
    height, width = light.shape[:2]
    size = height / REFERENCE_HEIGHT
    gains = np.array([camera.red_gain, 1.0, camera.blue_gain], np.float32)
    gains *= np.float32(2.0**camera.exposure)
    image = light * gains
    if camera.falloff > 0.01:
        image *= _falloff(height, width, camera)[..., None]
    image = _blurred(image, camera, size)
    deviation = np.sqrt(np.clip(image, 0, None) * np.float32(camera.shot_noise) + np.float32(
        camera.read_noise**2))  # fmt: skip
    image += deviation * rng.standard_normal(image.shape, np.float32)
    pixels: NDArray[np.integer | np.floating] = linear_to_srgb(image)
    if camera.smoothing > 0.15:
        smooth = cv2.bilateralFilter(pixels, 5, 12 + 30 * camera.smoothing, 2.5)
        pixels = cv2.addWeighted(smooth, camera.smoothing, pixels, 1 - camera.smoothing, 0)
    if camera.sharpening > 0.02:
        soft = cv2.GaussianBlur(pixels, (0, 0), 1.2)
        pixels = cv2.addWeighted(pixels, 1 + camera.sharpening, soft, -camera.sharpening, 0)
    return jpeg_round_trip(np.asarray(pixels, np.uint8), camera.jpeg_quality)


def jpeg_round_trip(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Return what is left of sRGB pixels (H, W, 3) after JPEG at this quality."""
    flags = [cv2.IMWRITE_JPEG_QUALITY, quality]
    _, packed = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), flags)
    unpacked = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return np.ascontiguousarray(np.asarray(unpacked, np.uint8)[..., ::-1])


def _falloff(height: int, width: int, camera: Camera) -> Field:
    turn = np.radians(camera.falloff_degrees)
    across = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None] * np.float32(np.cos(turn))
    down = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None] * np.float32(np.sin(turn))
    return np.asarray(1 - np.float32(camera.falloff) * (0.5 + across + down), np.float32)


def _blurred(image: Field, camera: Camera, size: float) -> Field:
    blurred: NDArray[np.integer | np.floating] = image
    sigma = camera.lens_blur * size
    if sigma > 0.25:
        blurred = cv2.GaussianBlur(blurred, (0, 0), sigma)
    length = camera.motion * size
    if length > 1.2:
        kernel = motion_kernel(length, camera.motion_degrees)
        blurred = cv2.filter2D(blurred, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32)


def motion_kernel(length: float, degrees: float) -> Field:
    """Return a straight smear of this length in pixels as a kernel that sums to 1."""
    half = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    way = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]) * length / 2
    for at in np.linspace(-1, 1, 4 * half + 1):
        x, y = half + way * at
        left, top = int(x), int(y)
        kernel[top, left] += (1 - (x - left)) * (1 - (y - top))
        kernel[top, left + 1] += (x - left) * (1 - (y - top))
        kernel[top + 1, left] += (1 - (x - left)) * (y - top)
        kernel[top + 1, left + 1] += (x - left) * (y - top)
    return np.asarray(kernel / kernel.sum(), np.float32)

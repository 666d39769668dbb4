"""What a phone and the way to us make of a scene, in the order in which it happens.

Lens (shading, chromatic aberration), light (exposure, mixed and flickering light), sensor noise,
then the phone's own picture making (smear, tone mapping, sharpening), and JPEG with halved chroma
at quality 50 to 95, sometimes a messenger's on top. All before anything is scaled down for crops;
`finer` says at how much more than the photo's own size the phone worked.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.noise import Field
from inference.training.generator.skin import linear_to_srgb, srgb_to_linear

Pixels = NDArray[np.uint8]
MESSENGER_QUALITY = (55, 80)


@dataclass(frozen=True)
class Phone:
    """One phone on one day. Strengths of 0 do nothing; `PLAIN_PHONE` changes no bit but scale."""

    finer: float = 1.0  # pixels of the phone's picture for each of the scene's
    exposure: float = 0.0  # stops
    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)  # white balance error
    shading: float = 0.0  # how much darker the corners are, share
    aberration: float = 0.0  # how much larger red is drawn than blue, share
    mixed: float = 0.0  # from left to right, a shift from warm to cold, natural logarithm
    flicker: float = 0.0  # depth of bands of mains light, share
    flicker_bands: float = 6.0  # over the picture
    blur: float = 0.0  # pixels
    shot_noise: float = 0.0  # variance per unit of linear light
    read_noise: float = 0.0  # deviation, share of full scale
    blotches: float = 0.0  # chroma noise of some pixels' size, codes
    smear: float = 0.0  # edge-preserving smoothing, codes; 0 none
    tone_mapping: float = 0.0  # local tone mapping, 0 none, 1 heavy
    sharpening: float = 0.0  # of the unsharp mask
    moire: float = 0.0  # codes
    quality: int = 100  # JPEG, 4:2:0; 100 none
    messenger: int = 0  # quality of a second JPEG at a smaller size; 0 none
    messenger_scale: float = 1.0


PLAIN_PHONE = Phone()


def sample_phone(rng: np.random.Generator) -> Phone:
    """Return a phone as they come: most faults slight, each now and then strong."""

    def now_and_then(share: float, low: float, high: float) -> float:
        there, much = rng.random(), rng.uniform(low, high)
        return float(much) if there < share else 0.0

    red, green, blue = (float(v) for v in np.exp(rng.normal(0, 0.06, 3)))
    return Phone(
        finer=float(rng.choice([1.0, 1.0, 1.0, 1.5, 2.0])),
        exposure=float(np.clip(rng.normal(-0.1, 0.3), -1.0, 0.4)),
        gains=(red, green, blue),
        shading=now_and_then(0.4, 0.05, 0.35),
        aberration=now_and_then(0.3, 0.0003, 0.0015),
        mixed=now_and_then(0.3, -0.15, 0.15),
        flicker=now_and_then(0.12, 0.03, 0.15),
        flicker_bands=float(rng.uniform(3, 14)),
        blur=now_and_then(0.5, 0.3, 1.1),
        shot_noise=now_and_then(0.7, 0.0001, 0.0015),
        read_noise=now_and_then(0.7, 0.0005, 0.004),
        blotches=now_and_then(0.3, 0.5, 3.0),
        smear=now_and_then(0.3, 6, 24),
        tone_mapping=now_and_then(0.35, 0.1, 0.9),
        sharpening=now_and_then(0.6, 0.1, 1.0),
        moire=now_and_then(0.08, 1.0, 4.0),
        quality=int(rng.integers(50, 96)),
        messenger=int(rng.integers(*MESSENGER_QUALITY)) if rng.random() < 0.2 else 0,
        messenger_scale=float(rng.uniform(0.8, 1.0)),
    )


def shoot(pixels: Pixels, phone: Phone, seed: int) -> Pixels:
    """Return what a phone makes of a scene, uint8 (H, W, 3) sRGB, at the scene's own size."""
    height, width = pixels.shape[:2]
    if phone.finer != 1.0:
        size = (round(width * phone.finer), round(height * phone.finer))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    rng = np.random.default_rng([seed & 0xFFFFFFFF, 77])
    out = _developed(_sensed(pixels, phone, rng), phone, rng)
    if phone.quality < 100:
        out = jpeg(out, phone.quality)
    if phone.messenger:
        out = _messenger(out, phone)
    if out.shape[:2] != (height, width):
        out = np.asarray(cv2.resize(out, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return out


def jpeg(pixels: Pixels, quality: int, *, whole_chroma: bool = False) -> Pixels:
    """Return what is left after JPEG at this quality, chroma halved both ways (4:2:0)."""
    factor = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444 if whole_chroma else (
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420)  # fmt: skip
    flags = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, factor]
    _, packed = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), flags)
    unpacked = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(unpacked[..., ::-1])


def _sensed(pixels: Pixels, phone: Phone, rng: np.random.Generator) -> Pixels:
    """Lens, light and sensor, in linear light."""
    dull = (phone.exposure, phone.shading, phone.mixed, phone.flicker, phone.blur)
    noisy = phone.shot_noise or phone.read_noise
    if not any(dull) and not noisy and phone.gains == (1.0, 1.0, 1.0) and not phone.aberration:
        return pixels
    light = np.asarray(srgb_to_linear(pixels), np.float32)
    light *= np.array(phone.gains, np.float32) * np.float32(2.0**phone.exposure)
    if phone.aberration:
        light = _aberrated(light, phone.aberration)
    light *= _uneven(light.shape[0], light.shape[1], phone, rng)
    if phone.blur > 0.25:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), phone.blur), np.float32)
    if noisy:
        variance = np.clip(light, 0, None) * np.float32(phone.shot_noise)
        deviation = np.sqrt(variance + np.float32(phone.read_noise**2))
        light += deviation * rng.standard_normal(light.shape, np.float32)
    return linear_to_srgb(np.clip(light, 0, 1).astype(np.float32))


def _uneven(height: int, width: int, phone: Phone, rng: np.random.Generator) -> Field:
    """Return lens shading, mixed light and flicker bands as one factor (H, W, 3)."""
    across = np.linspace(-1, 1, width, dtype=np.float32)[None]
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    out = np.ones((height, width, 3), np.float32)
    out *= (1 - np.float32(phone.shading / 2) * (across**2 + down**2))[..., None]
    if phone.mixed:
        shift = across * np.float32(phone.mixed)
        out[..., 0] *= np.exp(shift)
        out[..., 2] *= np.exp(-shift)
    if phone.flicker:
        phase = np.float32(rng.uniform(0, 6.28))
        bands = np.sin(down * np.float32(np.pi * phone.flicker_bands) + phase)
        out *= (1 + np.float32(phone.flicker) * bands)[..., None]
    return out


def _aberrated(light: Field, share: float) -> Field:
    """Draw red a little larger and blue a little smaller about the middle."""
    height, width = light.shape[:2]
    out = light.copy()
    for channel, times in ((0, 1 + share), (2, 1 - share)):
        matrix = np.array(
            [[times, 0, width / 2 * (1 - times)], [0, times, height / 2 * (1 - times)]]
        )
        plane = np.ascontiguousarray(light[..., channel])
        out[..., channel] = cv2.warpAffine(
            plane, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE
        )
    return out


def _developed(pixels: Pixels, phone: Phone, rng: np.random.Generator) -> Pixels:
    """The phone's own picture making, in sRGB."""
    if phone.blotches:
        pixels = _blotched(pixels, phone.blotches, rng)
    if phone.smear:
        pixels = np.asarray(cv2.bilateralFilter(pixels, 7, phone.smear, 3), np.uint8)
    if phone.tone_mapping:
        pixels = tone_mapped(pixels, phone.tone_mapping)
    if phone.sharpening:
        soft = cv2.GaussianBlur(pixels, (0, 0), 1.2)
        amount = phone.sharpening
        pixels = np.asarray(cv2.addWeighted(pixels, 1 + amount, soft, -amount, 0), np.uint8)
    if phone.moire:
        pixels = _with_moire(pixels, phone.moire, rng)
    return pixels


def _blotched(pixels: Pixels, codes: float, rng: np.random.Generator) -> Pixels:
    """Add the coloured blotches that are left when a phone has cleaned luma alone."""
    small = (-(-pixels.shape[0] // 4), -(-pixels.shape[1] // 4), 2)
    noise = rng.standard_normal(small, np.float32) * np.float32(1.6 * codes)
    grown = cv2.resize(noise, pixels.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    planes = cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    planes[..., 1:] += grown
    changed = np.clip(planes.round(), 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(changed, cv2.COLOR_YCrCb2RGB), np.uint8)


def tone_mapped(pixels: Pixels, strength: float) -> Pixels:
    """Map tones locally, as HDR does: large differences of light flattened, detail raised."""
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    base = cv2.GaussianBlur(lab[..., 0], (0, 0), 0.03 * max(pixels.shape[:2]))
    middle = float(base.mean())
    flat = middle + (base - middle) * np.float32(1 - 0.5 * strength)
    detail = (lab[..., 0] - base) * np.float32(1 + 0.6 * strength)
    lab[..., 0] = np.clip((flat + detail).round(), 0, 255)
    return np.asarray(cv2.cvtColor(lab.astype(np.uint8), cv2.COLOR_LAB2RGB), np.uint8)


def _with_moire(pixels: Pixels, codes: float, rng: np.random.Generator) -> Pixels:
    """Lay fine coloured stripes over the picture, as of a grid near the sensor's own."""
    height, width = pixels.shape[:2]
    turn, length = float(rng.uniform(0, np.pi)), float(rng.uniform(4, 16))
    across = np.arange(width, dtype=np.float32)[None] * np.float32(np.cos(turn))
    down = np.arange(height, dtype=np.float32)[:, None] * np.float32(np.sin(turn))
    wave = (across + down) * np.float32(2 * np.pi / length)
    stripes = np.dstack([np.sin(wave + k * 0.7) for k in range(3)]) * np.float32(codes)
    return np.clip(pixels + stripes, 0, 255).astype(np.uint8)


def _messenger(pixels: Pixels, phone: Phone) -> Pixels:
    """Scale down and encode once more, as messengers do, and bring back to size."""
    size = pixels.shape[1::-1]
    small = (round(size[0] * phone.messenger_scale), round(size[1] * phone.messenger_scale))
    sent = jpeg(
        np.asarray(cv2.resize(pixels, small, interpolation=cv2.INTER_AREA), np.uint8),
        phone.messenger,
    )
    return np.asarray(cv2.resize(sent, size, interpolation=cv2.INTER_CUBIC), np.uint8)

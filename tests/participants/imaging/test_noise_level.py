"""Noise put on a drawn photo before JPEG is what is measured after it, at the photo's own scale."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inference.training.generator.camera import Camera
from inference.training.generator.face import GeneratedPhoto, draw_photo
from inference.training.generator.identity import sample_identity
from inference.training.spoil import WEIGHTS, add_noise
from participants.imaging.noise_level import NoiseLevel, measure_noise, skin_tiles
from participants.imaging.opencv import cv2
from participants.imaging.scale import pixels_per_mm

Pixels = NDArray[np.uint8]
CAMERA = Camera(shot_noise=0.00002, read_noise=0.0003, sharpening=0.0, jpeg_quality=98)


@cache
def photo(tone: int) -> GeneratedPhoto:
    identity = sample_identity(70 + tone, fitzpatrick=tone)
    return draw_photo(identity, {}, view="front", seed=5, camera=CAMERA, width=540, height=720)


def packed(pixels: Pixels, quality: int, subsampling: int) -> Pixels:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(out), np.uint8)


def tiles_of(pixels: Pixels, tone: int) -> dict[str, Pixels]:
    points = photo(tone).landmarks
    return skin_tiles(pixels, points, pixels_per_mm(points))


def measured(pixels: Pixels, tone: int, subsampling: int = 0, quality: int = 95) -> NoiseLevel:
    tiles = tiles_of(packed(pixels, quality, subsampling), tone)
    found = measure_noise(tiles, pixels_per_mm(photo(tone).landmarks))
    assert found is not None
    return found


def put_on(noisy: Pixels, tone: int) -> dict[str, float]:
    """The deviation of luma that was really put on, by region: more on dark skin than on light."""
    clean = tiles_of(photo(tone).pixels, tone)
    return {
        region: float(np.std((tile.astype(np.float32) - clean[region]) @ WEIGHTS))
        for region, tile in tiles_of(noisy, tone).items()
    }


@pytest.mark.parametrize("tone", [1, 4, 6])
@pytest.mark.parametrize("kind", ["white", "blotchy"])
def test_noise_adds_to_what_was_there(tone, kind):
    rng = np.random.default_rng(1)
    clean = photo(tone).pixels
    before = measured(clean, tone).native.luma
    for sigma in (3.0, 6.0, 12.0):
        noisy = add_noise(clean, sigma, rng, kind=kind)
        truth = float(np.median(list(put_on(noisy, tone).values())))
        assert measured(noisy, tone).native.luma == pytest.approx(np.hypot(before, truth), rel=0.2)


def test_it_holds_in_each_region_and_for_jpeg_as_phones_write_it():
    rng = np.random.default_rng(2)
    clean = photo(3).pixels
    before = measured(clean, 3, subsampling=2, quality=90)
    noisy = add_noise(clean, 8.0, rng)
    found = measured(noisy, 3, subsampling=2, quality=90)
    assert set(found.regions) == {"forehead", "right_cheek", "left_cheek", "chin"}
    for region, noise in found.regions.items():
        wanted = np.hypot(before.regions[region].luma, put_on(noisy, 3)[region])
        assert noise.luma == pytest.approx(wanted, rel=0.3), region


def test_more_light_has_more_noise_where_it_is_the_lights_own():
    level = np.linspace(40, 220, 256, dtype=np.float32)
    ramp = np.repeat(np.repeat(level[None, :, None], 256, 0), 3, 2)
    rng = np.random.default_rng(3)
    noise = rng.standard_normal(ramp.shape, np.float32) * np.sqrt(ramp / 10)
    tile = np.clip(ramp + noise, 0, 255).round().astype(np.uint8)
    found = measure_noise({"forehead": tile}, 10.0)
    assert found is not None
    levels = [band.level for band in found.bands]
    assert levels == sorted(levels)
    for band in found.bands:
        of_luma = np.sqrt(band.level / 10) * np.linalg.norm([0.299, 0.587, 0.114])
        assert band.noise.luma == pytest.approx(of_luma, rel=0.15)


@pytest.mark.parametrize("plane", ["blue", "red"])
def test_blotches_of_colour_are_seen_where_they_are_and_not_in_luma(plane):
    rng = np.random.default_rng(4)
    blotches = cv2.GaussianBlur(rng.standard_normal((256, 256)).astype(np.float32), (0, 0), 2.5)
    ycc = np.full((256, 256, 3), (150, 150, 110), np.float32)
    at = 2 if plane == "blue" else 1
    ycc[..., at] += 4 * blotches / blotches.std()
    tile = cv2.cvtColor(ycc.round().astype(np.uint8), cv2.COLOR_YCrCb2RGB)
    found = measure_noise({"chin": np.asarray(tile, np.uint8)}, 3.2)
    assert found is not None
    other = "red" if plane == "blue" else "blue"
    assert getattr(found.native, plane) == pytest.approx(4, rel=0.2)
    assert getattr(found.native, other) < 1
    assert found.native.luma < 1


def test_at_the_scale_of_reading_white_noise_is_averaged_away():
    rng = np.random.default_rng(5)
    tile = np.clip(130 + 9 * rng.standard_normal((128, 128, 3)), 0, 255).round().astype(np.uint8)
    found = measure_noise({"chin": tile}, 9.7)
    assert found is not None
    assert found.reading.luma == pytest.approx(found.native.luma / 3, rel=0.25)
    assert found.spread == pytest.approx(1, abs=0.15)


def test_what_cannot_be_measured_is_not_told():
    assert measure_noise({}, 3.0) is None
    assert measure_noise({"chin": np.full((64, 64, 3), 255, np.uint8)}, 3.0) is None
    assert measure_noise({"chin": np.full((10, 10, 3), 128, np.uint8)}, 3.0) is None


def test_what_is_kept_is_plain():
    rng = np.random.default_rng(6)
    tile = np.clip(130 + 5 * rng.standard_normal((64, 64, 3)), 0, 255).astype(np.uint8)
    found = measure_noise({"chin": tile}, 3.0)
    assert found is not None
    told = found.as_dict()
    assert set(told) == {"native", "reading", "spread", "regions", "bands"}
    assert told["native"]["luma"] == round(found.native.luma, 2)

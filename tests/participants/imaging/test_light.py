"""Known blur, grain, light and colour put into a good photo come out as the right number."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage.measure import blur_effect

from participants.imaging import measures
from participants.imaging.profiles import NORMAL

from .judging import assess, codes, good, noisy, relit
from .people import FINDER

# --- sharpness and noise -------------------------------------------------------------------------


def test_the_blur_measure_agrees_with_the_reference():
    rng = np.random.default_rng(5)
    for sigma in (0.8, 1.5, 3, 6):
        texture = cv2.GaussianBlur(rng.integers(0, 255, (300, 300)).astype(np.uint8), (0, 0), sigma)
        reference = blur_effect(cv2.medianBlur(texture, 3))
        everywhere = np.ones(texture.shape, bool)
        assert measures.blur(texture, everywhere) == pytest.approx(reference, abs=0.01)


def test_more_blur_reads_as_more_blur_until_it_is_refused():
    values = [assess(good()).value("blur")]
    for sigma in (4, 8, 16):
        report = assess(cv2.GaussianBlur(good(), (0, 0), sigma))
        values.append(report.value("blur"))
    assert values == sorted(values)
    assert values[0] < 0.6 < 0.72 < values[2]
    assert "blurred" in codes(report, "reject")


@pytest.mark.parametrize("across", [True, False])
def test_motion_along_one_direction_counts_as_blur(across):
    streak = np.zeros((41, 41), np.float32)
    streak[(20, slice(None)) if across else (slice(None), 20)] = 1 / 41
    assert codes(assess(cv2.filter2D(good(), -1, streak)), "reject") & {"blurred", "moved"}


def test_blur_does_not_depend_on_exposure():
    plain, dim = assess(good()).value("blur"), assess(relit(good(), 0.3)).value("blur")
    assert dim == pytest.approx(plain, abs=0.02)


def test_noise_does_not_make_a_blurred_photo_pass():
    blurred = cv2.GaussianBlur(good(), (0, 0), 14)
    assert "blurred" in codes(assess(noisy(blurred, 8)), "reject")


@pytest.mark.parametrize("sigma", [3, 6, 12, 20])
def test_the_noise_put_in_is_the_noise_read(sigma):
    assert assess(noisy(good(), sigma)).value("noise") == pytest.approx(sigma, rel=0.12, abs=0.3)


def test_a_grainy_photo_is_refused():
    assert "grainy" in codes(assess(noisy(good(), 20)), "reject")
    assert "grainy" in codes(assess(noisy(good(), 11)), "warn")


# --- light and colour ----------------------------------------------------------------------------


def test_too_much_light_is_refused():
    report = assess(relit(good(), 3.0))
    assert report.value("overexposed") > 8
    assert "too_bright" in codes(report, "reject")


def test_the_share_that_is_burnt_out_is_counted():
    chip = measures.face_chip(good(), FINDER.find_faces(good())[0])
    rows = np.flatnonzero(chip.skin.any(axis=1))
    burnt = chip.pixels.copy()
    burnt[rows[0] : rows[len(rows) // 4]] = 255
    share = 100 * chip.skin[rows[0] : rows[len(rows) // 4]].sum() / chip.skin.sum()
    chip = measures.FaceChip(burnt, chip.points, chip.face, chip.skin)
    assert measures.overexposed(chip) == pytest.approx(share, abs=0.5)


def test_a_photo_in_the_dark_is_refused():
    report = assess(relit(good(), 0.03))
    assert report.value("brightest") < 60
    assert "too_dark" in codes(report, "reject")


def darker_skin(pixels: np.ndarray, factor: float) -> np.ndarray:
    """The same person with skin that reflects `factor` as much; eyes and teeth stay as they are."""
    (face,) = FINDER.find_faces(pixels)
    mask = np.zeros(pixels.shape[:2], np.float32)
    oval = face.landmarks[list(measures.FACE_OVAL), :2]
    cv2.fillPoly(mask, [np.round(oval).astype(np.int32)], (1.0,))
    for ring in (measures.NOT_SKIN[0], measures.NOT_SKIN[1], measures.NOT_SKIN[4]):
        cv2.fillPoly(mask, [np.round(face.landmarks[list(ring), :2]).astype(np.int32)], (0.0,))
    mask = cv2.GaussianBlur(mask, (0, 0), 3)[..., None]
    return relit(pixels, 1 + mask * (factor - 1))


@pytest.mark.parametrize("factor", [0.4, 0.15, 0.06])
def test_dark_skin_in_good_light_is_not_a_dark_photo(factor):
    report = assess(darker_skin(good(), factor))
    assert not codes(report) & {"too_dark", "shadows", "coloured_light"}
    assert report.accepted


def test_the_honest_luma_of_the_darkest_skin_does_not_count_as_lost():
    levels = np.random.default_rng(2).integers(16, 42, (100, 100, 1)).astype(np.uint8)
    whole = np.ones((100, 100), bool)
    skin = np.repeat(levels, 3, axis=2)
    points = np.zeros((468, 2), np.float32)
    assert measures.underexposed(measures.FaceChip(skin, points, whole, whole)) == 0
    skin[:30] = 1
    assert measures.underexposed(measures.FaceChip(skin, points, whole, whole)) == 30


def test_skin_lost_in_black_is_refused():
    shadow = np.ones(good().shape[1])
    shadow[: good().shape[1] // 2] = 0.002
    report = assess(relit(good(), shadow[None, :, None]))
    assert report.value("underexposed") > 25
    assert "shadows" in codes(report, "reject")


@pytest.mark.parametrize("ratio", [1.0, 1.3, 2.0])
def test_uneven_light_is_measured_as_the_ratio_it_is(ratio):
    (face,) = FINDER.find_faces(good())
    chip = measures.face_chip(good(), face)
    even = np.full_like(chip.pixels, 140)
    middle = int(chip.points[measures.NOSE_BRIDGE, 0])
    gains = np.ones((1, chip.pixels.shape[1], 1))
    gains[:, :middle] = 1 / ratio
    lit = measures.FaceChip(relit(even, gains), chip.points, chip.face, chip.skin)
    assert measures.unevenness(lit) == pytest.approx(ratio, rel=0.04)


def test_light_from_one_side_is_refused():
    gains = np.linspace(1.3, 0.2, good().shape[1])[None, :, None]  # her own left is darker
    assert "uneven_light" in codes(assess(relit(good(), gains)), "reject")


@pytest.mark.parametrize("gains", [(0.45, 1.0, 1.6), (0.5, 1.1, 0.6), (1.5, 0.45, 1.5)])
def test_coloured_light_is_refused(gains):
    assert "coloured_light" in codes(assess(relit(good(), np.array(gains))), "reject")


MONK = ["f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a"]
MONK += ["292420"]


@pytest.mark.parametrize("tone", MONK)
def test_no_tone_of_skin_is_taken_for_coloured_light(tone):
    """The ten swatches of the Monk scale (Monk 2019) are paler than skin, and pass all the same."""
    colour = np.array([[list(bytes.fromhex(tone))]], np.uint8)
    whole = np.ones((1, 1), bool)
    chip = measures.FaceChip(colour, np.zeros((468, 2), np.float32), whole, whole)
    cast = measures.colour_cast(measures.skin_lab(chip))
    assert cast < NORMAL.gates["colour_cast"].warn
    if MONK.index(tone) >= 5:
        assert cast < 0.5

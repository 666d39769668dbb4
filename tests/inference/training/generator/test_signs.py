"""What a clean photo shows of each condition grows with its severity, on light and dark skin.

Measured on crops as the network reads them, without blur, noise and JPEG. Each sign has its own
measure, named after what a dermatologist looks for.
"""

from functools import cache

import cv2
import numpy as np
import pytest

from inference.pipeline.regions import find_regions
from inference.training.generator import CONDITIONS, Camera, draw_photo, sample_identity
from inference.training.generator.skin import linear_to_lab, srgb_to_linear

CLEAN = Camera(lens_blur=0, shot_noise=0, read_noise=0, sharpening=0, jpeg_quality=100)
STEPS = (0.0, 1 / 3, 2 / 3, 1.0)  # the middles of the grades
TONES = (1, 6)
SIZE = {"width": 480, "height": 640}  # 2.2 px/mm on the face, enough for pores to be read
SHOWN_IN = {"wrinkles": "infraorbital_right", "pores": "nose"}


@cache
def crop(condition: str, severity: float, fitzpatrick: int) -> tuple[np.ndarray, np.ndarray]:
    """Lab of the skin of one region, (128, 128, 3), and where skin is."""
    identity = sample_identity(41 + fitzpatrick, fitzpatrick=fitzpatrick)
    photo = draw_photo(identity, {condition: severity}, view="front", seed=6, camera=CLEAN, **SIZE)
    region = SHOWN_IN.get(condition, "cheek_right")
    found = find_regions(
        photo.pixels, photo.landmarks, "front", size=128, window_mm=40.0, regions=(region,)
    ).crops[0]
    inside = cv2.erode(found.skin.astype(np.uint8), np.ones((7, 7))) > 0
    return linear_to_lab(srgb_to_linear(found.pixels)), inside


def detail(lightness: np.ndarray, mm: float) -> np.ndarray:
    """What is finer than this: lightness less its blur, L* units."""
    return lightness - cv2.GaussianBlur(lightness, (0, 0), mm * 3.2)


def sign(condition: str, severity: float, fitzpatrick: int) -> float:
    """The amount of the condition's own sign in the crop."""
    lab, skin = crop(condition, severity, fitzpatrick)
    clear, _ = crop(condition, 0.0, fitzpatrick)
    darker = (clear[..., 0] - lab[..., 0])[skin]
    match condition:
        case "dryness":  # white specks
            return float(np.clip(detail(lab[..., 0], 1.5)[skin], 0, None).mean())
        case "texture":  # light and shade of 1 to 4 mm
            return float(detail(cv2.GaussianBlur(lab[..., 0], (0, 0), 1.0), 3.0)[skin].std())
        case "melasma" | "lentigo" | "ephelides":  # darkening
            return float(np.clip(darker, 0, None).mean())
        case "dermatitis":  # another colour: redder on light skin, darker and greyer on dark
            return float(np.linalg.norm((lab - clear)[skin], axis=1).mean())
        case "wrinkles" | "pores":  # dark lines and dots
            return float(np.clip(-detail(lab[..., 0], 1.0)[skin], 0, None).mean())
        case _:
            raise AssertionError(condition)


@pytest.mark.parametrize("fitzpatrick", TONES)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_sign_grows_with_every_grade(condition, fitzpatrick):
    shown = [sign(condition, severity, fitzpatrick) for severity in STEPS]
    assert shown == sorted(shown)
    assert shown[3] > 1.25 * shown[1] > 1.25 * shown[0]


@pytest.mark.parametrize("fitzpatrick", TONES)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_mild_sign_can_be_told_from_none_under_a_good_camera(condition, fitzpatrick):
    mild, clear = (crop(condition, severity, fitzpatrick) for severity in (1 / 3, 0.0))
    change = np.linalg.norm((mild[0] - clear[0])[mild[1]], axis=1)
    # The strongest hundredth, as few spots are small: ΔE 2.3 is just noticeable (Sharma 2003).
    assert np.quantile(change, 0.99) > 2.3


def test_dermatitis_reddens_light_skin():
    red = [crop("dermatitis", severity, 1) for severity in (0.0, 1 / 3, 1.0)]
    redness = [float(lab[skin][:, 1].mean()) for lab, skin in red]
    assert redness[0] + 1 < redness[1] < redness[2]


def test_dermatitis_darkens_dark_skin():
    (clear, skin), (ill, _) = (crop("dermatitis", severity, 6) for severity in (0.0, 2 / 3))
    assert (clear - ill)[skin][:, 0].mean() > 2


@pytest.mark.parametrize("fitzpatrick", TONES)
def test_rough_texture_changes_relief_and_not_colour(fitzpatrick):
    (clear, skin), (rough, _) = (crop("texture", severity, fitzpatrick) for severity in (0.0, 1.0))
    moved = np.abs((rough - clear)[skin].mean(axis=0))
    assert moved[1:].max() < 3  # a*, b*
    assert sign("texture", 1.0, fitzpatrick) > 2 * sign("texture", 0.0, fitzpatrick)


@pytest.mark.parametrize("fitzpatrick", TONES)
def test_freckles_are_more_and_smaller_than_lentigines(fitzpatrick):
    def spots(condition: str) -> np.ndarray:
        lab, skin = crop(condition, 1.0, fitzpatrick)
        clear, _ = crop(condition, 0.0, fitzpatrick)
        darker = np.where(skin, clear[..., 0] - lab[..., 0], 0)
        marks = (darker > 0.5 * np.quantile(darker[skin], 0.99)).astype(np.uint8)
        sizes = cv2.connectedComponentsWithStats(marks)[2][1:, cv2.CC_STAT_AREA] / 3.2**2
        return sizes[sizes > 0.3]

    freckles, lentigines = spots("ephelides"), spots("lentigo")
    assert len(freckles) > 3 * len(lentigines)
    assert np.median(lentigines) > 2.5 * np.median(freckles)

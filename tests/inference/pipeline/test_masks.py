"""Hair and rims are left out, and what ails the skin never is, on all six types of skin."""

from functools import cache

import cv2
import numpy as np
import pytest

from inference.pipeline.anatomy import REGIONS
from inference.pipeline.masks import covered_mask
from inference.pipeline.outlines import face_scale
from inference.pipeline.regions import find_regions
from inference.training.generator import face as drawing
from inference.training.generator import sample_camera, sample_identity
from participants.imaging.face import FaceFinder
from tests.participants.imaging.people import portrait

UPPER = ("forehead", "glabella", "periorbital_right", "periorbital_left")
AILMENTS = {"melasma": 1.0, "lentigo": 1.0, "wrinkles": 1.0}
SORE = {"dermatitis": 1.0, "dryness": 1.0, "wrinkles": 1.0}
WIDTH, HEIGHT = 540, 720


def drawn(seed, fitzpatrick, severities, view="front"):
    return drawing.draw_photo(
        sample_identity(seed, fitzpatrick=fitzpatrick),
        severities,
        view=view,
        seed=seed,
        camera=sample_camera(seed, difficulty="good"),
        width=WIDTH,
        height=HEIGHT,
    )


def bareness(seed, fitzpatrick, severities, view="front"):
    """The same photo with the share of bare skin, 0 to 255, in place of the skin's colour."""

    def shown(texture, *_):
        return np.repeat(texture.bare[..., None], 3, axis=2).astype(np.float32)

    def plain(image, *_):
        return (np.clip(image, 0, 1) * 255).astype(np.uint8)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "light_face", shown)
        patch.setattr(drawing, "expose", plain)
        patch.setattr(drawing, "_auto_exposure", lambda _: np.float32(1))
        return drawn(seed, fitzpatrick, severities, view).pixels[..., 0]


def inside(landmarks, codes):
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for code in codes:
        cv2.fillPoly(mask, [landmarks[list(REGIONS[code].outline), :2].round().astype(int)], 1)
    return mask > 0


def covered(pixels, landmarks):
    points = landmarks[:, :2].astype(np.float64)
    return covered_mask(pixels, points, face_scale(landmarks)) > 0


def shares(pixels, landmarks, bare):
    """Shares of bare skin and of hair, in the upper regions, that are taken for covered."""
    region, found = inside(landmarks, UPPER), covered(pixels, landmarks)
    hair = region & (bare < 80)
    return found[region & (bare > 215)].mean(), found[hair].mean() if hair.any() else None


@pytest.mark.parametrize("severities", [AILMENTS, SORE], ids=["pigment", "sore"])
@pytest.mark.parametrize("fitzpatrick", range(1, 7))
def test_what_ails_the_skin_stays_and_most_of_the_hair_goes(fitzpatrick, severities):
    photo = drawn(40 + fitzpatrick, fitzpatrick, severities)
    bare = bareness(40 + fitzpatrick, fitzpatrick, severities)
    lost, hair = shares(photo.pixels, photo.landmarks, bare)
    assert lost < 0.05  # of which most is the margin kept from the hair's edge
    assert hair is None or hair > 0.7


@pytest.mark.parametrize(("view", "seen"), [("left", "left"), ("right", "right")])
def test_side_views_keep_their_skin_too(view, seen):
    photo, bare = (make(61, 5, AILMENTS, view) for make in (drawn, bareness))
    codes = ("forehead", f"periorbital_{seen}")
    region = inside(photo.landmarks, codes) & (bare > 215)
    assert covered(photo.pixels, photo.landmarks)[region].mean() < 0.03


@cache
def spotless(seed, fitzpatrick):
    photo = drawn(seed, fitzpatrick, {})
    return photo.pixels, photo.landmarks, bareness(seed, fitzpatrick, {})


@pytest.mark.parametrize("share", [(0.45, 0.55, 0.62), (0.20, 0.45, 0.45)], ids=["brown", "red"])
@pytest.mark.parametrize(("seed", "fitzpatrick"), [(42, 1), (44, 3), (45, 4), (52, 5), (53, 6)])
def test_a_patch_on_the_forehead_alone_stays_even_where_it_meets_the_hair(seed, fitzpatrick, share):
    pixels, landmarks, bare = spotless(seed, fitzpatrick)
    patch = inside(landmarks, ["forehead"]) & (np.arange(WIDTH)[None] < landmarks[9, 0])
    soft = cv2.GaussianBlur(patch.astype(np.float32), (0, 0), 3)[..., None] * (
        bare[..., None] / 255
    )
    lost, _ = shares((pixels * (1 - soft * share)).astype(np.uint8), landmarks, bare)
    assert lost < 0.03


def test_a_shaved_head_loses_no_skin():
    pixels, landmarks, bare = spotless(42, 1)
    skin = np.median(pixels[inside(landmarks, ["cheek_left"])], axis=0)
    oval = cv2.convexHull(landmarks[:, :2].round().astype(np.int32))
    face = cv2.fillPoly(np.zeros((HEIGHT, WIDTH), np.uint8), [oval], 255)
    soft = cv2.GaussianBlur(face, (0, 0), 2)[..., None] / 255
    shaved = pixels * soft + skin * (1 - soft)
    lost, _ = shares(shaved.astype(np.uint8), landmarks, bare)
    assert lost < 0.03


def test_a_real_fringe_is_left_out_and_the_rest_of_the_face_is_read():
    (face,) = FaceFinder().find_faces(portrait())
    found = covered(cv2.resize(portrait(), (WIDTH, HEIGHT)), face.landmarks * [0.6, 0.8, 1])
    left_of_fringe, cheeks = (
        found[inside(face.landmarks * [0.6, 0.8, 1], codes)].mean()
        for codes in (["forehead"], ["cheek_right", "cheek_left", "nose"])
    )
    assert left_of_fringe > 0.6
    assert cheeks < 0.01
    read = find_regions(portrait(), face.landmarks, "front")
    assert {entry.region: entry.reason for entry in read.unreadable} == {"forehead": "covered"}
    assert {"cheek_left", "cheek_right", "nose", "chin"} <= {crop.region for crop in read.crops}


# --- spectacles ----------------------------------------------------------------------------------


def with_spectacles(photo, colour, width_mm):
    """Draw round rims, a bridge and side pieces over a photo; returns it and where they are."""
    points, scale = photo.landmarks[:, :2], face_scale(photo.landmarks)
    rims = np.zeros((HEIGHT, WIDTH), np.uint8)
    thick, nose_side = max(1, round(width_mm * scale)), []
    for outer, inner, ear in ((33, 133, 127), (263, 362, 356)):
        middle = (points[outer] + points[inner]) / 2 + [0, 3 * scale]
        half = np.linalg.norm(points[outer] - points[inner]) / 2 + 7.5 * scale
        axes = (int(half), int(17 * scale))
        cv2.ellipse(rims, middle.astype(int).tolist(), axes, 0, 0, 360, 255, thick)
        away = np.sign(points[outer] - points[inner])[0] * half
        for end, to in ((away, points[ear]), (-away, None)):
            start = middle + np.array([end, -5 * scale])
            if to is None:
                nose_side.append(start.astype(int).tolist())
            else:
                cv2.line(rims, start.astype(int).tolist(), to.astype(int).tolist(), 255, thick)
    cv2.line(rims, *nose_side, 255, thick)
    soft = cv2.GaussianBlur(rims, (0, 0), 0.7)[..., None] / 255
    return (photo.pixels * (1 - soft) + np.array(colour) * soft).astype(np.uint8), rims > 128


@pytest.mark.parametrize("view", ["front", "left"])
@pytest.mark.parametrize(
    ("fitzpatrick", "colour", "width_mm"),
    [
        pytest.param(1, (20, 20, 22), 3, id="black"),
        pytest.param(3, (150, 150, 158), 1.5, id="steel"),
        pytest.param(4, (140, 20, 30), 2.5, id="red"),
        pytest.param(6, (30, 40, 110), 2, id="blue"),
    ],
)
def test_rims_of_spectacles_are_left_out(view, fitzpatrick, colour, width_mm):
    photo = drawn(80 + fitzpatrick, fitzpatrick, AILMENTS, view)
    pixels, rims = with_spectacles(photo, colour, width_mm)
    left = "periorbital_left", "infraorbital_left", "cheek_left"
    on_skin = rims & inside(photo.landmarks, left)
    assert covered(pixels, photo.landmarks)[on_skin].mean() > 0.7
    bare_cheek = inside(photo.landmarks, ["cheek_left", "nasolabial_left"]) & ~cv2.dilate(
        rims.astype(np.uint8), np.ones((9, 9), np.uint8)
    ).astype(bool)
    assert covered(pixels, photo.landmarks)[bare_cheek].mean() < 0.03


def test_dark_marks_inside_the_forehead_hang_on_no_hair():
    pixels, landmarks, _ = spotless(42, 1)
    strip = pixels[: max(4, int(landmarks[10, 1]) - 10)]
    hair = np.median(strip[:, WIDTH // 2 - 20 : WIDTH // 2 + 20].reshape(-1, 3), axis=0)
    marked, spots = pixels.copy(), np.zeros((HEIGHT, WIDTH), np.uint8)
    for point in (151, 337, 108):
        cv2.circle(spots, landmarks[point, :2].round().astype(int).tolist(), 6, 1, -1)
    marked[spots > 0] = hair.astype(np.uint8)
    assert covered(marked, landmarks)[spots > 0].mean() < 0.05


def test_a_dark_mark_beside_one_eye_is_no_spectacles():
    pixels, landmarks, _ = spotless(42, 1)
    marked, spot = pixels.copy(), np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(spot, landmarks[118, :2].round().astype(int).tolist(), 14, 1, -1)
    marked[spot > 0] = (20, 20, 22)
    assert covered(marked, landmarks)[spot > 0].mean() < 0.05

import cv2
import numpy as np
import pytest

from inference.pipeline.anatomy import CANONICAL_AREA_MM2, MIRROR, REGIONS
from inference.pipeline.assessed import CONDITIONS, READINGS, REGION_CODES, VIEWS, visible_regions
from inference.pipeline.outlines import face_scale
from inference.pipeline.regions import extract_regions, find_regions
from participants.imaging.canonical import canonical_face

WIDTH, HEIGHT = 600, 800


def landmarks(*, scale=3.6, yaw=0.0, roll=0.0, centre=(WIDTH / 2, HEIGHT / 2)):
    """The canonical face seen without perspective; yaw > 0 turns it to its own left."""
    y, r = np.radians(yaw), np.radians(roll)
    turn = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    spin = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    points = scale * canonical_face() @ (spin @ turn).T
    points[:, :2] += centre
    return points.astype(np.float32)


def photo():
    rng = np.random.default_rng(11)
    rough = rng.integers(90, 200, (HEIGHT // 8, WIDTH // 8, 3), dtype=np.uint8)
    return cv2.resize(rough, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def by_code(found):
    return {(crop.region, crop.tile): crop for crop in found}


def test_the_front_view_shows_every_region():
    found = find_regions(photo(), landmarks(), "front")
    assert {crop.region for crop in found.crops} == set(REGIONS)
    assert found.unreadable == []
    assert found.px_per_mm == pytest.approx(3.6, rel=1e-4)


@pytest.mark.parametrize(("view", "yaw"), [("left", -37), ("right", 37)])
def test_a_side_view_shows_that_side_of_the_participants_own_face(view, yaw):
    other = "right" if view == "left" else "left"
    found = find_regions(photo(), landmarks(yaw=yaw), view)
    seen = {crop.region for crop in found.crops}
    assert {f"cheek_{view}", f"periorbital_{view}", f"nasolabial_{view}", "forehead"} <= seen
    assert not any(code.endswith(other) for code in seen)


def test_left_is_the_participants_own_left_and_lies_on_the_photos_right():
    crops = by_code(extract_regions(photo(), landmarks(), "front"))
    assert (
        crops["cheek_left", 0].to_photo[0, 2] > WIDTH / 2 > crops["cheek_right", 0].to_photo[0, 2]
    )


def test_a_mirrored_selfie_has_its_sides_swapped_back():
    plain = by_code(extract_regions(photo(), landmarks(), "front"))
    mirrored = by_code(extract_regions(photo(), landmarks(), "front", mirrored=True))
    assert {code for code, _ in mirrored} == set(REGIONS)
    assert np.array_equal(mirrored["cheek_left", 0].pixels, plain["cheek_right", 0].pixels)
    assert np.array_equal(mirrored["chin", 0].pixels, plain["chin", 0].pixels)


@pytest.mark.parametrize(("view", "yaw"), [("front", 0), ("left", -37), ("right", 37)])
def test_the_forehead_is_read_without_a_hole_and_no_skin_twice(view, yaw):
    points = landmarks(yaw=yaw)
    found = find_regions(photo(), points, view)
    times = np.zeros((HEIGHT, WIDTH))
    for crop in found.crops:
        if crop.region == "forehead":
            side = crop.skin.astype(np.float32)
            times += cv2.warpAffine(side, crop.to_photo, (WIDTH, HEIGHT)) > 0.5
    whole = np.zeros((HEIGHT, WIDTH), np.uint8)
    outline = points[list(REGIONS["forehead"].outline), :2].round().astype(np.int32)
    cv2.fillPoly(whole, [outline], 1)
    inside = cv2.erode(whole, np.ones((9, 9), np.uint8)) > 0
    assert (times[inside] == 0).mean() < (0.02 if view == "front" else 0.16)
    assert (times > 1).mean() < 0.002
    rows, columns = np.nonzero(inside)
    middle = np.abs(columns - columns.mean()) < 30
    assert (times[rows[middle], columns[middle]] > 0).mean() > 0.98


def test_no_two_regions_share_skin():
    times = np.zeros((HEIGHT, WIDTH))
    for crop in extract_regions(photo(), landmarks(), "front"):
        side = crop.skin.astype(np.float32)
        times += cv2.warpAffine(side, crop.to_photo, (WIDTH, HEIGHT)) > 0.5
    assert (times > 1).sum() < 0.03 * (times > 0).sum()


def test_crows_feet_lie_beside_the_eye_and_the_infraorbital_below_it():
    crops = by_code(extract_regions(photo(), landmarks(), "front"))
    points = landmarks()

    def middle(code):
        rows, columns = np.nonzero(crops[code, 0].skin)
        return crops[code, 0].to_photo @ [columns.mean(), rows.mean(), 1]

    for side, corner, lid, out in (("right", 33, 145, -1), ("left", 263, 374, 1)):
        beside, below = middle(f"periorbital_{side}"), middle(f"infraorbital_{side}")
        assert (beside[0] - points[corner, 0]) * out > 5 * 3.6
        assert abs(beside[1] - points[corner, 1]) < 10 * 3.6
        assert below[1] - points[lid, 1] > 4 * 3.6
        assert abs(below[0] - points[lid, 0]) < 10 * 3.6


def test_skin_seen_obliquely_has_fewer_pixels_to_the_millimetre():
    straight = find_regions(photo(), landmarks(), "front").resolution
    assert straight["chin"] == pytest.approx(3.6, rel=0.02)
    assert straight["periorbital_left"] == pytest.approx(3.6 * 0.63, rel=0.03)
    turned = find_regions(photo(), landmarks(yaw=20), "front").resolution
    assert turned["cheek_left"] < 0.75 * straight["cheek_left"]
    assert turned["cheek_right"] > straight["cheek_right"]


def test_a_near_and_a_far_photo_give_the_same_crops():
    near, factor = photo(), 0.75
    far = cv2.resize(near, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    points = landmarks(scale=4.4)
    small = points.copy()
    small[:, :2] = (points[:, :2] + 0.5) * factor - 0.5
    a, b = (by_code(extract_regions(p, q, "front")) for p, q in ((near, points), (far, small)))
    for key, crop in a.items():
        difference = np.abs(crop.pixels.astype(int) - b[key].pixels)
        assert difference.mean() < 3
        assert b[key].area_mm2 == pytest.approx(crop.area_mm2, rel=0.06)


def test_a_tilted_head_gives_upright_crops():
    pixels, points = photo(), landmarks()
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), -20, 1.0)
    tilted = cv2.warpAffine(pixels, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
    moved = points.copy()
    moved[:, :2] = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    straight, turned = (
        by_code(extract_regions(p, q, "front"))["cheek_left", 0].pixels.astype(int)
        for p, q in ((pixels, points), (tilted, moved))
    )
    assert np.abs(straight - turned)[16:-16, 16:-16].mean() < 4


def test_a_crops_affine_leads_back_to_the_photo():
    pixels = photo()
    for crop in extract_regions(pixels, landmarks(scale=3.2), "front"):
        x, y = crop.to_photo @ [64, 64, 1]
        around = pixels[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2]
        assert around.mean(axis=(0, 1)) == pytest.approx(crop.pixels[64, 64], abs=12)


def test_eyes_brows_and_lips_are_not_skin():
    points = landmarks()
    for crop in extract_regions(photo(), points, "front"):
        back = cv2.invertAffineTransform(crop.to_photo)
        for index in (159, 386, 105, 334, 13, 14, 0, 17):
            x, y = (back @ [*points[index, :2], 1]).round().astype(int)
            if 0 <= x < 128 and 0 <= y < 128:
                assert not crop.skin[y, x], (crop.region, index)


def test_filling_hides_all_that_is_not_skin_and_keeps_the_skin():
    crop = by_code(extract_regions(photo(), landmarks(), "front"))["nose", 0]
    filled = crop.filled()
    assert np.array_equal(filled[crop.skin], crop.pixels[crop.skin])
    assert len(np.unique(filled[~crop.skin], axis=0)) == 1


def test_a_side_turned_away_is_named_and_not_cut():
    found = find_regions(photo(), landmarks(yaw=60), "front")
    reasons = {entry.region: entry.reason for entry in found.unreadable}
    assert reasons["cheek_left"] == "turned-away"
    assert "cheek_left" not in {crop.region for crop in found.crops}


def test_a_far_too_small_face_gives_a_reason_for_every_region():
    found = find_regions(photo(), landmarks(scale=0.8), "front")
    assert found.crops == []
    assert {entry.reason for entry in found.unreadable} == {"too-small"}
    assert {entry.region for entry in found.unreadable} == set(REGIONS)


def test_what_is_outside_the_photo_is_named():
    found = find_regions(photo(), landmarks(centre=(WIDTH / 2, HEIGHT - 120)), "front")
    reasons = {entry.region: entry.reason for entry in found.unreadable}
    assert reasons["chin"] == "cut-off"


def test_the_scale_holds_when_the_head_turns_or_nods():
    assert face_scale(landmarks(yaw=40)) == pytest.approx(3.6, rel=0.01)


def test_wrong_arrays_and_views_are_refused():
    with pytest.raises(ValueError, match="pixels must be uint8"):
        extract_regions(np.zeros((10, 10), np.uint8), landmarks(), "front")
    with pytest.raises(ValueError, match="landmarks must be"):
        extract_regions(photo(), np.zeros((478, 3), np.float32), "front")
    with pytest.raises(ValueError, match="view must be one of front, left, right"):
        extract_regions(photo(), landmarks(), "back")


def test_every_condition_is_read_somewhere_in_the_front_view_and_has_a_source():
    assert tuple(READINGS) == CONDITIONS
    for reading in READINGS.values():
        assert set(reading.regions) <= set(visible_regions("front"))
        assert reading.source


def test_the_tables_are_symmetric():
    assert all(MIRROR[MIRROR[index]] == index for index in range(468))
    for code in REGIONS:
        assert CANONICAL_AREA_MM2[code] > 300
    assert CANONICAL_AREA_MM2["cheek_left"] == pytest.approx(CANONICAL_AREA_MM2["cheek_right"])
    assert all(visible_regions(view) for view in VIEWS)


def test_every_region_that_is_named_has_an_outline_in_the_same_order() -> None:
    assert tuple(REGIONS) == REGION_CODES

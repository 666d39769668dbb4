"""Blocks and smear are told from skin, by their kind and not by how smooth the skin is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from inference.training.generator.camera import jpeg_round_trip
from inference.training.real_faces.gates import in_spectacles
from inference.training.spoil import smear, tone_map
from participants.imaging import covering, measures, processing, quality
from participants.imaging.face import Face
from participants.imaging.picture import Picture
from participants.imaging.profiles import NORMAL, SENTENCES, Outcome
from participants.imaging.quality import Reason

from . import spoilt
from .judging import assess, codes, good, relit
from .people import FINDER


def grainy_skin(side: int = 900) -> np.ndarray:
    """Skin without a face: detail of all sizes, as pores, grain and shade give it."""
    rng = np.random.default_rng(4)
    luma = np.full((side, side), 150.0)
    for scale, strength in ((0.6, 1.5), (1.2, 1.5), (2.4, 1.5), (12, 4)):
        layer = cv2.GaussianBlur(rng.standard_normal((side, side)), (0, 0), scale)
        luma += strength * layer / layer.std()
    return np.clip(luma[..., None] * (1.0, 0.8, 0.7), 0, 255).astype(np.uint8)


def face_over(side: int = 900, finer: float = 1.0) -> Face:
    """The landmarks of a real face, made as large as the picture and the resolution ask for."""
    found = FINDER.find_faces(good())[0]
    per_mm = processing.finer(found) * 3.2 if processing.finer(found) > 1 else None
    assert per_mm is not None
    points = found.landmarks * np.float32(3.2 * finer / per_mm)
    points[:, :2] += side / 2 - points[:, :2].mean(axis=0)
    return Face(**{**vars(found), "landmarks": points, "inter_eye_px": 200.0 * finer})


@pytest.mark.parametrize("shift", [0, 3])
def test_blocks_are_found_wherever_they_begin(shift):
    face, skin = face_over(), grainy_skin()
    packed = [jpeg_round_trip(skin, quality)[shift:, shift:] for quality in (75, 40)]
    none, little, much = (processing.blocks(Picture(p), face) for p in (skin, *packed))
    assert none < 0.3 < little < much
    assert much > 1.5


def test_blocks_of_a_finer_photo_count_less():
    packed = Picture(jpeg_round_trip(grainy_skin(1200), 40))
    coarse, fine = (processing.blocks(packed, face_over(1200, k)) for k in (1.0, 2.0))
    assert fine == pytest.approx(coarse / 2, rel=0.25)


def test_smear_takes_the_finest_detail_and_smooth_skin_does_not():
    face, skin = face_over(), grainy_skin()
    usual = processing.detail(Picture(skin), face)
    mean = skin.mean(axis=(0, 1))
    smooth = np.clip(mean + 0.5 * (skin - mean), 0, 255).astype(np.uint8)
    assert processing.detail(Picture(smooth), face) == pytest.approx(usual, rel=0.12)
    fine, middle = processing.detail(Picture(smear(skin, 0.3)), face)
    assert fine < 0.7 * usual[0]
    assert middle < 0.8 * usual[1]


def means(skin: np.ndarray) -> np.ndarray:
    """Non-local means, as photo apps clean noise: another filter than the one limits are set by."""
    return np.asarray(cv2.fastNlMeansDenoisingColored(skin, None, 6, 6, 5, 11), np.uint8)


def freed_of_small_steps(skin: np.ndarray) -> np.ndarray:
    """A beauty filter by separation: what stands out little from its surroundings goes."""
    around = cv2.GaussianBlur(skin.astype(np.float32), (0, 0), 6)
    apart = skin - around
    return np.clip(around + apart * (1 - 0.9 * np.exp(-((apart / 14) ** 2))), 0, 255).astype(
        np.uint8
    )


@pytest.mark.parametrize("filtered", [means, freed_of_small_steps])
def test_filters_that_no_limit_was_set_by_read_as_smoothing(filtered):
    face, skin = face_over(), grainy_skin()
    assert NORMAL.gates["smoothing"].outcome(processing.detail(Picture(skin), face)[1]) == "good"
    middle = processing.detail(Picture(filtered(skin)), face)[1]
    assert NORMAL.gates["smoothing"].outcome(middle) != "good"


def test_a_soft_lens_is_less_than_a_filter():
    face, skin = face_over(), grainy_skin()
    soft = np.asarray(cv2.GaussianBlur(skin, (0, 0), 0.8), np.uint8)
    assert NORMAL.gates["smoothing"].outcome(processing.detail(Picture(soft), face)[1]) == "good"


def test_sharpening_raises_what_smear_lowers():
    face, skin = face_over(), grainy_skin()
    edges = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]], np.float32)
    found = [
        processing.detail(Picture(np.asarray(cv2.filter2D(p, -1, edges), np.uint8)), face)[1]
        for p in (skin, np.asarray(cv2.filter2D(skin, -1, edges), np.uint8))
    ]
    assert processing.detail(Picture(skin), face)[1] < found[0] < found[1]
    assert NORMAL.gates["sharpening"].outcome(found[1]) != "good"


def chip_of(pixels: np.ndarray) -> measures.FaceChip:
    return measures.face_chip(Picture(pixels), FINDER.find_faces(pixels)[0])


def equalised(pixels: np.ndarray, limit: float) -> np.ndarray:
    """Local histograms evened out (CLAHE): another tone mapping than the one limits are set by."""
    lab = np.array(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB))
    lab[..., 0] = cv2.createCLAHE(limit, (8, 8)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def test_tone_mapping_is_told_from_light_and_exposure():
    usual = processing.local_contrast(chip_of(good()))
    gate = NORMAL.gates["local_contrast"]
    assert gate.outcome(usual) == "good"
    for gains in (0.5, (1.15, 1.0, 0.85)):
        assert processing.local_contrast(chip_of(relit(good(), gains))) == pytest.approx(
            usual, rel=0.05
        )
    across = np.linspace(1.5, 0.75, good().shape[1])[None, :, None]
    assert processing.local_contrast(chip_of(relit(good(), across))) < 1.05 * usual
    mapped = [processing.local_contrast(chip_of(equalised(good(), k))) for k in (2.0, 4.0)]
    assert usual < mapped[0] < mapped[1]
    assert gate.outcome(mapped[1]) == "reject"


def test_spectacles_and_a_fringe_are_no_tone_mapping():
    usual = processing.local_contrast(chip_of(good()))
    points = FINDER.find_faces(good())[0].landmarks[:, :2]
    fringe = in_spectacles(good()).copy()
    for at in np.linspace(0.1, 0.9, 14):
        top = points[103] + at * (points[332] - points[103])
        end = top + 0.6 * (points[9] - points[10])
        cv2.line(fringe, (int(top[0]), int(top[1])), (int(end[0]), int(end[1])), (40, 30, 25), 9)
    assert processing.local_contrast(chip_of(fringe)) < 1.15 * usual


def test_heavy_hdr_is_refused_and_told_what_to_switch_off():
    report = assess(tone_map(good(), 1.0))
    assert "tone_mapped" in codes(report, "reject")
    assert "HDR" in SENTENCES["tone_mapped"]


def test_a_photo_packed_hard_is_refused_and_told_what_to_send():
    coarse = cv2.resize(good(), None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    assert "packed" not in codes(assess(coarse))
    assert "packed" in codes(assess(jpeg_round_trip(coarse, 25)), "reject")


def test_a_filtered_photo_is_not_told_to_hold_still():
    def reasons(blurred: Outcome, smeared: Outcome) -> dict[str, str]:
        found = {
            code: Reason(code, outcome, SENTENCES[code])
            for code, outcome in (("blurred", blurred), ("smeared", smeared))
        }
        quality._leave_out_explained(found)
        return {code: reason.outcome for code, reason in found.items()}

    assert reasons("warn", "reject") == {"smeared": "reject"}
    assert reasons("reject", "reject") == {"blurred": "reject"}
    assert reasons("warn", "warn") == {"blurred": "warn"}


def test_side_light_as_in_a_room_is_flagged_and_not_refused():
    for ratio in (1.60, 1.76):
        assert NORMAL.gates["unevenness"].outcome(ratio) == "warn"


def test_glare_on_spectacles_takes_less_from_open_eyes_than_lids_do():
    """Half of the contrast goes; the eye behind it is as open as before."""
    face = FINDER.find_faces(good())[0]
    glass = np.zeros(good().shape[:2], np.float32)
    for outer, inner in covering.EYES:
        ends = face.landmarks[[outer, inner], :2]
        radius = round(float(np.linalg.norm(ends[0] - ends[1])) * 0.9)
        centre = tuple(int(v) for v in ends.mean(axis=0))
        cv2.circle(glass, centre, radius, (0.5,), -1)
    behind = (good() * (1 - glass[..., None]) + 170 * glass[..., None]).astype(np.uint8)
    opening, shut = (
        covering.eye_opening(measures.face_chip(Picture(pixels), face), face)
        for pixels in (behind, spoilt.with_closed_eyes(good(), face))
    )
    assert NORMAL.gates["eye_opening"].outcome(opening) != "reject"
    assert shut < opening

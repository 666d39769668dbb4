"""Will this photo do? Measures against the study's thresholds, in words a participant follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from participants.imaging import covering, expression, hair, measures, natural, processing
from participants.imaging.canonical import STEADY_POINTS
from participants.imaging.face import Face, FaceFinder
from participants.imaging.figures import with_enough_digits
from participants.imaging.measures import FaceChip
from participants.imaging.motion import motion
from participants.imaging.noise_level import NoiseLevel, photo_noise
from participants.imaging.opencv import cv2
from participants.imaging.picture import Picture
from participants.imaging.profiles import SENTENCES, VIEW_YAW, Outcome, QualityProfile, View
from participants.imaging.scale import INTERPUPILLARY_MM

UNITS: Final = {
    "faces": "count",
    "other_face": "% of the main face",
    "inter_eye": "px",
    "face_height": "% of the photo",
    "yaw_off": "degrees",
    "pitch_off": "degrees",
    "roll_off": "degrees",
    "cut_off": "% of the face",
    "blur": "0 to 1",
    "noise": "8-bit steps",
    "overexposed": "% of the skin",
    "underexposed": "% of the skin",
    "brightest": "luma",
    "unevenness": "ratio",
    "colour_cast": "ΔE",
    "presence": "0 to 1",
    "motion": "mm",
    "motion_angle": "degrees",
    "skin_texture": "% of the features' detail",
    "colour_spread": "ΔE",
    "flat": "% of the skin",
    "screen_pattern": "times the usual",
    "bars": "% of the photo",
    "blocks": "8-bit steps",
    "detail_kept": "of the coarser detail",
    "smoothing": "of the coarser detail",
    "sharpening": "of the coarser detail",
    "local_contrast": "times the usual",
    "eye_opening": "of the eye's width",
    "dark_glasses": "stops",
    "covered": "% of the skin",
    "mouth_contrast": "ΔE",
    "smile": "% of the eyes' distance",
    "teeth": "% of the mouth",
    "mouth_gap": "% of the mouth's width",
    "forehead_hair": "% of the forehead",
}
UPSIDE_DOWN: Final = 120  # degrees of roll
TOLD_FROM: Final = 4.0  # mm of motion from which on its direction means something
DARK_FRAME: Final = 60  # luma that 0.5% of a frame without a face must reach


@dataclass(frozen=True)
class Measure:
    """One measured number; `value` is None where the view does not allow it to be measured.

    `warn` and `reject` are the profile's thresholds (None when it has none), `worse` the side they
    bound.
    """

    code: str
    value: float | None
    unit: str
    warn: float | None
    reject: float | None
    worse: str | None
    outcome: Outcome


@dataclass(frozen=True)
class Reason:
    """Why a photo is doubtful (warn) or refused (reject), and what to do about it."""

    code: str
    outcome: Outcome
    message: str


@dataclass(frozen=True)
class QualityReport:
    """The verdict, every number behind it, and the face that was measured (the largest).

    `noise_level` is measured on these pixels, before any is scaled or packed again; None without
    a face or without calm skin.
    """

    accepted: bool
    view: View
    profile: str
    measures: tuple[Measure, ...]
    reasons: tuple[Reason, ...]  # refusals first
    face: Face | None
    noise_level: NoiseLevel | None = None

    def value(self, code: str) -> float | None:
        """Return one measure's value; raises KeyError for a measure that was not taken."""
        return {measure.code: measure.value for measure in self.measures}[code]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON types; of the 468 points those that lay visits over each other."""
        face = self.face
        return {
            "accepted": self.accepted,
            "view": self.view,
            "profile": self.profile,
            "measures": [asdict(measure) for measure in self.measures],
            "reasons": [asdict(reason) for reason in self.reasons],
            "noise_level": self.noise_level and self.noise_level.as_dict(),
            "face": face
            and {
                "box": [round(side, 1) for side in face.box],
                "presence": round(face.presence, 4),
                "yaw": round(face.yaw, 1),
                "pitch": round(face.pitch, 1),
                "roll": round(face.roll, 1),
                "inter_eye_px": round(face.inter_eye_px, 1),
                "points": [
                    [round(float(x), 1), round(float(y), 1)]
                    for x, y in face.landmarks[list(STEADY_POINTS), :2]
                ],
                "scale": {
                    "mm_per_pixel": round(face.scale.mm_per_pixel, 4),
                    "error": round(face.scale.error, 3),
                    "source": face.scale.source,
                },
            },
        }


def assess_quality(
    photo: Picture | NDArray[np.uint8],
    *,
    view: View,
    profile: QualityProfile,
    finder: FaceFinder,
) -> QualityReport:
    """Measure a photo, uint8 (H, W, 3) upright sRGB at its full size, and judge it.

    Full size, because inter-eye distance and noise are counted in the photo's own pixels. Whoever
    makes more of the photo passes a `Picture`, which is then scaled down once for all. Raises
    FaceModelsMissing when the face networks are not installed.
    """
    picture = Picture.of(photo)
    faces = finder.find_faces(picture)
    values = measure_photo(picture, faces, view)
    taken = tuple(_judge(code, value, profile) for code, value in values.items())
    reasons: dict[str, Reason] = {}
    for measure in taken:
        if measure.outcome == "good":
            continue
        code = _reason_code(measure.code, faces[0] if faces else None, view)
        if code not in reasons or measure.outcome == "reject":
            reasons[code] = Reason(code, measure.outcome, SENTENCES[code])
    _leave_out_explained(reasons)
    if "no_face" in reasons and _brightest(picture.pixels) < DARK_FRAME:
        reasons["too_dark"] = Reason("too_dark", "reject", SENTENCES["too_dark"])
    # What is refused comes first; a drawing is smooth too, so that it is smooth is told last.
    ordered = sorted(
        reasons.values(),
        key=lambda reason: (reason.outcome != "reject", reason.code == "filtered"),
    )
    return QualityReport(
        accepted=not any(reason.outcome == "reject" for reason in ordered),
        view=view,
        profile=profile.name,
        measures=taken,
        reasons=tuple(ordered),
        face=faces[0] if faces else None,
        noise_level=photo_noise(picture.pixels, faces[0].landmarks) if faces else None,
    )


def measure_photo(
    photo: Picture | NDArray[np.uint8], faces: list[Face], view: View
) -> dict[str, float | None]:
    """Return every measure by its code; without a face only their number.

    Measures of the face's looks get the chip, those of the finest detail the picture, whose tiles
    are the photo's own pixels (`picture.py` says how).
    """
    if not faces:
        return {"faces": 0.0}
    picture = Picture.of(photo)
    face, others = faces[0], faces[1:]
    chip = measures.face_chip(picture, face)
    noise = measures.noise(picture, face)
    return (
        dict(_geometry(picture.shape, face, others, view))
        | dict(_light(face, chip, view, noise))
        | dict(_nature(picture, face, chip, noise))
        | dict(_cover(face, chip))
        | dict(_rest(face, chip, view))
    )


def _geometry(
    shape: tuple[int, ...], face: Face, others: list[Face], view: View
) -> Iterator[tuple[str, float]]:
    largest = max((other.inter_eye_px for other in others), default=0.0)
    yield "faces", 1.0 + len(others)
    yield "other_face", 100 * largest / face.inter_eye_px
    yield "inter_eye", face.inter_eye_px
    yield "face_height", 100 * face.box[3] / shape[0]
    yield "yaw_off", abs(face.yaw - VIEW_YAW[view])
    yield "pitch_off", abs(face.pitch)
    yield "roll_off", abs(face.roll)
    yield "cut_off", measures.cut_off(shape, face)


def _light(
    face: Face, chip: FaceChip, view: View, noise: float
) -> Iterator[tuple[str, float | None]]:
    yield "blur", measures.blur(chip.luma, chip.face)
    yield "noise", noise
    yield "overexposed", measures.overexposed(chip)
    yield "underexposed", measures.underexposed(chip)
    yield "brightest", measures.brightest(chip)
    # A head turned to one side hides half of the face from the camera and from the light.
    yield "unevenness", measures.unevenness(chip) if view == "front" else None
    yield "colour_cast", measures.colour_cast(measures.skin_lab(chip))


def _nature(
    picture: Picture, face: Face, chip: FaceChip, noise: float
) -> Iterator[tuple[str, float | None]]:
    yield "presence", face.presence
    length, degrees = motion(chip.luma, chip.face)
    length *= INTERPUPILLARY_MM / measures.CHIP_INTER_EYE
    yield "motion", length
    # In the photo's own frame: the chip was turned level.
    yield "motion_angle", (degrees + face.roll) % 180 if length >= TOLD_FROM else None
    yield "skin_texture", natural.skin_texture(chip, face, noise)
    yield "colour_spread", natural.colour_spread(chip)
    yield "flat", natural.flat(picture, face)
    yield "screen_pattern", natural.screen_pattern(picture, face)
    yield "bars", natural.bars(picture.pixels)
    yield "blocks", processing.blocks(picture, face)
    fine, middle = processing.detail(picture, face)
    yield "detail_kept", fine
    # One number with two wrong sides.
    yield "smoothing", middle
    yield "sharpening", middle
    yield "local_contrast", processing.local_contrast(chip)


def _cover(face: Face, chip: FaceChip) -> Iterator[tuple[str, float]]:
    yield "eye_opening", covering.eye_opening(chip, face)
    yield "dark_glasses", covering.dark_glasses(chip)
    yield "covered", covering.covered(chip)
    yield "mouth_contrast", covering.mouth_contrast(chip)


def _rest(face: Face, chip: FaceChip, view: View) -> Iterator[tuple[str, float | None]]:
    ahead = view == "front"  # of a turned head neither mouth nor forehead is seen as a whole
    yield "smile", expression.smile(face) if ahead else None
    yield "teeth", expression.teeth(chip) if ahead else None
    yield "mouth_gap", expression.mouth_gap(chip) if ahead else None
    yield "forehead_hair", hair.forehead_hair(chip) if ahead else None


def _judge(code: str, value: float | None, profile: QualityProfile) -> Measure:
    gate = profile.gates.get(code)
    limits = [gate.warn, gate.reject] if gate else []
    return Measure(
        code=code,
        value=None if value is None else float(with_enough_digits(value, limits, digits=3)),
        unit=UNITS[code],
        warn=gate.warn if gate else None,
        reject=gate.reject if gate else None,
        worse=gate.worse if gate else None,
        outcome="good" if gate is None or value is None else gate.outcome(value),
    )


REASONS: Final = {
    "faces": "no_face",
    "other_face": "other_faces",
    "inter_eye": "too_far",
    "face_height": "too_far",
    "cut_off": "cut_off",
    "blur": "blurred",
    "noise": "grainy",
    "overexposed": "too_bright",
    "underexposed": "shadows",
    "brightest": "too_dark",
    "unevenness": "uneven_light",
    "colour_cast": "coloured_light",
    "presence": "no_face",
    "motion": "moved",
    "skin_texture": "filtered",
    "colour_spread": "monochrome",
    "flat": "drawing",
    "screen_pattern": "screen",
    "bars": "screenshot",
    "blocks": "packed",
    "detail_kept": "smeared",
    "smoothing": "smeared",
    "sharpening": "sharpened",
    "local_contrast": "tone_mapped",
    "eye_opening": "eyes_closed",
    "dark_glasses": "dark_glasses",
    "covered": "covered",
    "mouth_contrast": "mouth_covered",
    "smile": "not_relaxed",
    "teeth": "not_relaxed",
    "mouth_gap": "not_relaxed",
    "forehead_hair": "hair_on_forehead",
}
# What explains another reason is told instead of it.
INSTEAD: Final = {
    "moved": {"blurred"},
    "monochrome": {"coloured_light"},
    "dark_glasses": {"eyes_closed", "covered"},
    # A masked face is often found upside down, the eyes taken for a mouth.
    "covered": {
        *("mouth_covered", "eyes_closed", "upside_down"),
        *("not_relaxed", "hair_on_forehead"),
    },
    "mouth_covered": {"not_relaxed"},
    "screen": {"grainy", "sharpened", "tone_mapped"},
    "packed": {"sharpened"},
    "blurred": {"smeared"},
    "filtered": {"smeared"},
    "drawing": {"smeared", "sharpened", "tone_mapped"},
}


def _reason_code(measure: str, face: Face | None, view: View) -> str:
    """Name what to tell: for a pose it depends on which way the head is off."""
    if face is None or measure in REASONS:
        return REASONS[measure]
    if measure == "pitch_off":
        return "looking_up" if face.pitch > 0 else "looking_down"
    if measure == "roll_off":
        return "upside_down" if abs(face.roll) > UPSIDE_DOWN else "tilted"
    if view == "front":
        return "turned_left" if face.yaw > 0 else "turned_right"
    too_far = abs(face.yaw) > abs(VIEW_YAW[view]) and face.yaw * VIEW_YAW[view] > 0
    return "turned_too_far" if too_far else f"show_{view}"


def _leave_out_explained(reasons: dict[str, Reason]) -> None:
    """Drop each reason that another explains; the refusal, if it was one, goes over to that.

    A photo refused for what a filter took and only a little blurred was filtered: filters blur.
    """
    both = [reasons.get(code) for code in ("blurred", "smeared")]
    if [reason and reason.outcome for reason in both] == ["warn", "reject"]:
        del reasons["blurred"]
    for code, others in INSTEAD.items():
        if code not in reasons:
            continue
        for other in others & set(reasons):
            if reasons.pop(other).outcome == "reject":
                reasons[code] = Reason(code, "reject", SENTENCES[code])


def _brightest(pixels: NDArray[np.uint8]) -> float:
    luma = cv2.cvtColor(np.ascontiguousarray(pixels[::4, ::4]), cv2.COLOR_RGB2GRAY)
    return float(np.percentile(luma, 99.5))

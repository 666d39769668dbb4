"""A photo's quality report, put into lines people read: measure, value, threshold, outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from participants.imaging.figures import with_enough_digits
from participants.imaging.noise_kept import PlaneNoise
from participants.imaging.profiles import SENTENCES

LABELS = {
    "faces": "Faces found",
    "other_face": "Largest other face",
    "inter_eye": "Distance between the eyes",
    "face_height": "Height of the face",
    "yaw_off": "Turned off the view asked for",
    "pitch_off": "Nodding up or down",
    "roll_off": "Tilted to a shoulder",
    "cut_off": "Outside the photo",
    "blur": "Blur",
    "noise": "Noise",
    "overexposed": "Too bright",
    "underexposed": "In deep shadow",
    "brightest": "Brightest skin",
    "unevenness": "Left against right",
    "colour_cast": "Colour cast",
    "presence": "Sure of a face",
    "motion": "Smear by motion",
    "motion_angle": "Direction of the smear",
    "skin_texture": "Fine texture of the skin",
    "colour_spread": "Variety of colour",
    "flat": "Without any grain",
    "screen_pattern": "Pattern of a screen",
    "bars": "Bars at the edges",
    "blocks": "Blocks from packing",
    "detail_kept": "Finest detail kept",
    "smoothing": "Fine detail kept",
    "sharpening": "Fine detail raised",
    "local_contrast": "Contrast of folds and shades",
    "eye_opening": "Opening of the eyes",
    "dark_glasses": "Darker around the eyes",
    "covered": "Covered",
    "mouth_contrast": "Contrast of the mouth",
    "smile": "Smile",
    "teeth": "Teeth seen",
    "mouth_gap": "Lips apart",
    "forehead_hair": "Hair on the forehead",
}
OUTCOMES = {"good": ("good", "good"), "warn": ("warn", "borderline"), "reject": ("bad", "refused")}


@dataclass(frozen=True)
class QualityLine:
    """One measure. ``badge`` is the colour, ``outcome`` the word in it."""

    label: str
    value: str
    threshold: str
    badge: str
    outcome: str


@dataclass(frozen=True)
class ReadableQuality:
    """The report of one photo: the profile it was judged by, what was said, what was measured."""

    profile: str
    accepted: bool
    messages: list[str]
    lines: list[QualityLine]


def readable_quality(report: Mapping[str, Any] | None) -> ReadableQuality | None:
    """The report kept in ``Photo.quality`` (``QualityReport.as_dict()``), or None without one."""
    if not report:
        return None
    return ReadableQuality(
        profile=str(report.get("profile", "")),
        accepted=bool(report.get("accepted")),
        messages=[str(reason["message"]) for reason in report.get("reasons", [])],
        lines=[_line(measure) for measure in report.get("measures", [])],
    )


def kept_noise(report: Mapping[str, Any] | None) -> PlaneNoise | None:
    """The noise at the scale of reading, as the check measured it on the photo that was sent.

    None for photos checked before it was measured, or without calm skin.
    """
    return PlaneNoise.kept((report or {}).get("noise_level"))


def quality_flags(report: Mapping[str, Any] | None) -> list[str]:
    """The codes of everything doubtful about the photo, as exports carry them."""
    reasons = (report or {}).get("reasons", [])
    return sorted({str(reason["code"]) for reason in reasons})


def doubt(code: str) -> str:
    """One code of ``quality_flags`` as a sentence; an unknown one in its own words."""
    return SENTENCES.get(code) or LABELS.get(code, code.replace("_", " ").capitalize())


def _line(measure: Mapping[str, Any]) -> QualityLine:
    code, value = str(measure["code"]), measure["value"]
    badge, outcome = OUTCOMES.get(str(measure["outcome"]), ("muted", str(measure["outcome"])))
    if value is None:
        return QualityLine(LABELS.get(code, code), "not measured", "", "muted", "–")
    unit = "" if measure["unit"] in {"count", "0 to 1", "ratio"} else str(measure["unit"])
    gap = "" if unit.startswith("%") else " "
    return QualityLine(
        label=LABELS.get(code, code.replace("_", " ")),
        value=f"{_value(measure)}{gap}{unit}".strip(),
        threshold=_threshold(measure),
        badge=badge if measure["warn"] is not None else "muted",
        outcome=outcome if measure["warn"] is not None else "not judged",
    )


def _value(measure: Mapping[str, Any]) -> str:
    value = float(measure["value"])
    limits = [float(measure[name]) for name in ("warn", "reject") if measure[name] is not None]
    if abs(value) < 1000:
        return with_enough_digits(value, limits, digits=3, form="g")
    return with_enough_digits(value, limits, digits=0)


def _threshold(measure: Mapping[str, Any]) -> str:
    if measure["warn"] is None or measure["worse"] is None:
        return ""
    side, warn, reject = measure["worse"], f"{measure['warn']:g}", f"{measure['reject']:g}"
    if warn == reject:
        return f"refused {side} {reject}"
    return f"borderline {side} {warn}, refused {side} {reject}"

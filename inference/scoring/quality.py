"""A photo's quality report, put into lines people read: measure, value, threshold, outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    "eye_opening": "Opening of the eyes",
    "dark_glasses": "Darker around the eyes",
    "covered": "Covered",
    "mouth_contrast": "Contrast of the mouth",
}
OUTCOMES = {"good": ("good", "good"), "warn": ("warn", "doubtful"), "reject": ("bad", "refused")}


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
        value=f"{value:.3g}{gap}{unit}".strip() if abs(value) < 1000 else f"{value:.0f} {unit}",
        threshold=_threshold(measure),
        badge=badge if measure["warn"] is not None else "muted",
        outcome=outcome if measure["warn"] is not None else "not judged",
    )


def _threshold(measure: Mapping[str, Any]) -> str:
    if measure["warn"] is None or measure["worse"] is None:
        return ""
    side, warn, reject = measure["worse"], f"{measure['warn']:g}", f"{measure['reject']:g}"
    if warn == reject:
        return f"refused {side} {reject}"
    return f"doubtful {side} {warn}, refused {side} {reject}"

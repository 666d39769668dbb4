"""What a reader is told after a training case, and after the calibration."""

from __future__ import annotations

from inference.reading.models import Case, Reading, Scale
from inference.reading.scales import Kind, within_step


def feedback_of(reading: Reading) -> dict[str, object] | None:
    """What was expected beside what was given, by scale, and the manager's words; training only.

    ``within``: no more than one step apart.
    """
    case = reading.turn.case
    if case.use != Case.Use.TRAINING:
        return None
    expected = case.expected or {}
    scales = [
        _beside(scale, reading, float(expected[scale.code]))
        for scale in case.reading_study.scales.all()
        if expected.get(scale.code) is not None
    ]
    return {"scales": scales, "words": case.feedback}


def _beside(scale: Scale, reading: Reading, expected: float) -> dict[str, object]:
    given = reading.values.get(scale.code)
    return {
        "title": scale.title,
        "given": value_words(scale, given),
        "expected": value_words(scale, expected),
        "same": given is not None and float(given) == expected,
        "within": given is not None and within_step(Kind(scale.kind), float(given), expected),
    }


def value_words(scale: Scale, value: float | None) -> str:
    """A value as people read it: a grade with its label, any other as its number."""
    if value is None:
        return "could not be read"
    if Kind(scale.kind) is Kind.GRADES and 0 <= int(value) < len(scale.grades):
        return f"{value:g} {scale.grades[int(value)]['label']}"
    return f"{value:g}"

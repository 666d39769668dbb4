"""A model card put into tables people read: what was measured, on whom, how it was trained.

The schema fixes what a card must say; what else it says is shown when it has the shape of a figure,
so a newer card needs no newer page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FIRST = ("balanced_accuracy", "weighted_kappa")


@dataclass(frozen=True)
class ConditionRow:
    """One condition of a card: its figures in the order of the columns, its grades, its regions."""

    code: str
    figures: list[Any]
    grades: list[str]
    regions: list[str]
    severity_error: float | None


@dataclass(frozen=True)
class ReadableCard:
    """Tables of a card. ``columns`` and ``tone_columns`` are names with blanks."""

    columns: list[str]
    rows: list[ConditionRow]
    has_severity_error: bool
    tone_columns: list[str]
    tones: list[tuple[str, list[Any]]]
    tested_on: str
    training: list[tuple[str, str]]


def readable_card(card: Mapping[str, Any]) -> ReadableCard:
    """The tables of ``card`` (a checked card's JSON)."""
    performance = card.get("performance", {})
    measured = performance.get("conditions", {})
    errors = performance.get("mean_absolute_severity_error", {})
    keys = _keys(measured)
    outputs = card.get("outputs", [])
    tones = performance.get("by_skin_tone", {})
    tone_keys = _keys(tones)
    return ReadableCard(
        columns=[_words(key) for key in keys],
        rows=[_row(output, measured, errors, keys) for output in outputs],
        has_severity_error=any(output["condition"] in errors for output in outputs),
        tone_columns=[_words(key) for key in tone_keys],
        tones=[(tone, [figures.get(key) for key in tone_keys]) for tone, figures in tones.items()],
        tested_on=_tested_on(performance, bool(card.get("training", {}).get("generated"))),
        training=[
            (_words(key), str(value))
            for key, value in card.get("training", {}).items()
            if key not in {"data", "generated"} and isinstance(value, str | int | float)
        ],
    )


def _keys(groups: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Every name of a figure any group has: the two every card has first."""
    names = dict.fromkeys(key for figures in groups.values() for key in figures)
    return [key for key in FIRST if key in names] + [key for key in names if key not in FIRST]


def _row(
    output: Mapping[str, Any],
    measured: Mapping[str, Any],
    errors: Mapping[str, float],
    keys: list[str],
) -> ConditionRow:
    code = str(output["condition"])
    figures = measured.get(code, {})
    return ConditionRow(
        code=code,
        figures=[figures.get(key) for key in keys],
        grades=list(output["grades"]),
        regions=list(output["regions"]),
        severity_error=errors.get(code),
    )


def _words(key: str) -> str:
    return key.replace("_", " ").replace("sha256", "SHA-256").capitalize()


def _tested_on(performance: Mapping[str, Any], generated: bool) -> str:
    people, photos = performance.get("identities"), performance.get("photos")
    if not isinstance(people, int) or not isinstance(photos, int):
        return ""
    whose = "generated people" if generated else "people"
    return f"{photos} photos of {people} {whose}"

"""The aims set before anything was measured, and what the report has for each.

An aim is met, missed by so much, or was not measured. `why` may be added by hand from a YAML file,
in words only: figures come from the report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from inference.report.step_one import comparison_of
from inference.training.evaluate import EvaluationRefused

Report = Mapping[str, Any]
Aim = dict[str, Any]
# An aim in a word or two, for lists.
SHORT = {
    "presence": "presence of every condition",
    "grade": "grade of every condition",
    "tone": "skin tone",
    "calibration": "calibration",
    "repeatability": "repeatability",
    "refusal": "refusal",
    "loss": "loss of good photos",
    "int8": "int8",
    "step-one": "gain of step one",
    "speed": "speed",
}


def aims_of(report: Report, why: Mapping[str, str] | None = None) -> list[Aim]:
    """Return every aim with its value, whether it is met, and by how much not."""
    aims = [
        _presence(report), _grade(report), _tone(report), _calibration(report), _repeats(report),
        _refused(report), _kept(report), _precision(report), _step_one(report), _speed(report),
    ]  # fmt: skip
    return [{**aim, "why": (why or {}).get(aim["code"], "")} for aim in aims]


def read_why(path: Path) -> dict[str, str]:
    """Read sentences by aim. Raises EvaluationRefused for a figure in one, or another shape."""
    if not path.exists():
        return {}
    given = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if not isinstance(given, dict) or not all(isinstance(v, str) for v in given.values()):
        raise EvaluationRefused(f"{path.name} must give one sentence for each aim's code.")
    for code, sentence in given.items():
        if code not in SHORT:
            raise EvaluationRefused(f"{path.name}: there is no aim {code!r}.")
        if re.search(r"(?<![A-Za-z\d])\d", sentence):
            raise EvaluationRefused(
                f"{path.name}: the sentence for {code} holds a figure. Figures come from what was "
                "measured, never by hand."
            )
    return {str(code): sentence.strip() for code, sentence in given.items()}


def _aim(
    code: str, title: str, aim: str, value: float | None, limit: float, *,
    unit: str, least: bool, detail: str = "", also: bool = True,
) -> Aim:  # fmt: skip
    """Judge one value. `least`: the value must reach the limit, else stay within it."""
    if value is None:
        met, missed = None, None
    else:
        short = (limit - value) if least else (value - limit)
        met = short <= 1e-9 and also
        missed = round(short, 4) if short > 1e-9 else None
    return {
        "code": code, "short": SHORT[code], "title": title, "aim": aim,
        "value": value, "limit": limit, "unit": unit,
        "least": least, "met": met, "missed_by": missed, "detail": detail,
    }  # fmt: skip


def _worst(named: Mapping[str, float | None], *, least: bool) -> tuple[str | None, float | None]:
    known = {name: value for name, value in named.items() if value is not None}
    if not known:
        return None, None
    pick = min if least else max
    name = pick(known, key=lambda key: known[key])
    return name, known[name]


def _short_of(named: Mapping[str, float | None], limit: float, *, least: bool) -> str:
    """Words: which conditions miss the limit."""
    missing = [
        name
        for name, value in named.items()
        if value is None or (value < limit if least else value > limit)
    ]
    met = len(named) - len(missing)
    return f"{met} of {len(named)} conditions meet it" + (
        f"; short: {', '.join(missing)}." if missing else "."
    )


def _presence(report: Report) -> Aim:
    lows = {c: f["balanced_accuracy"]["low"] for c, f in report["test"]["conditions"].items()}
    _, value = _worst(lows, least=True)
    return _aim(
        "presence", "Whether a condition is there",
        "Balanced accuracy at least 80% for each condition, at its interval's lower end",
        value, 0.8, unit="share", least=True, detail=_short_of(lows, 0.8, least=True),
        also=None not in lows.values(),
    )  # fmt: skip


def _grade(report: Report) -> Aim:
    values = {c: f["weighted_kappa"]["value"] for c, f in report["test"]["conditions"].items()}
    _, value = _worst(values, least=True)
    return _aim(
        "grade", "How severe it is", "Quadratic weighted kappa at least 0.80 for each condition",
        value, 0.8, unit="kappa", least=True, detail=_short_of(values, 0.8, least=True),
        also=None not in values.values(),
    )  # fmt: skip


def _tone(report: Report) -> Aim:
    tone = report["skin_tone"]["fitzpatrick"]
    means = {g["group"]: g["mean_balanced_accuracy"]["value"] for g in tone["groups"]}
    low, _ = _worst(means, least=True)
    high, _ = _worst(means, least=False)
    gap = tone["gap_balanced_accuracy"]["value"]
    return _aim(
        "tone", "The same for every skin tone",
        "Worst Fitzpatrick group within 5 points of the best (mean balanced accuracy)",
        None if gap is None else round(100 * gap, 2), 5.0, unit="points", least=False,
        detail=f"Best for types {high}, worst for types {low}." if low else "",
    )  # fmt: skip


def _calibration(report: Report) -> Aim:
    after = report["calibration"]["after"]
    values = {kind: after[kind]["ece"]["value"] for kind in ("top", "presence")}
    _, value = _worst(values, least=False)
    known = after["conditions"].items()
    over = [c for c, f in known if any((f[k]["value"] or 0) > 0.05 for k in values)]
    detail = "Of the likeliest grade and of presence the larger, over all conditions together."
    if over:
        detail += f" Taken alone, with fewer photos, it is above for {', '.join(over)}."
    return _aim(
        "calibration", "Probabilities mean what they say",
        "Expected calibration error at most 0.05", value, 0.05, unit="ece", least=False,
        detail=detail,
    )  # fmt: skip


def _repeats(report: Report) -> Aim:
    every = (report["repeatability"] or {}).get("conditions", {})
    values = {c: f["value"] for c, f in every.items()}
    _, value = _worst(values, least=False)
    known = None not in values.values()
    return _aim(
        "repeatability", "The same face, the same score",
        "Within-subject standard deviation of severity at most 5 points for each condition",
        value, 5.0, unit="points", least=False,
        detail=_short_of(values, 5.0, least=False) if values else "", also=known,
    )  # fmt: skip


def _refused(report: Report) -> Aim:
    refusal = report["refusal"] or {}
    kinds = {k["kind"]: k["refused"]["value"] for k in refusal.get("kinds", [])}
    low = [name.replace("_", " ") for name, v in kinds.items() if v is not None and v < 0.98]
    detail = f"Below for: {', '.join(low)}." if low else "Reached by every kind."
    return _aim(
        "refusal", "What is no face is refused", "At least 98% of pictures out of scope refused",
        refusal.get("all", {}).get("value"), 0.98, unit="share", least=True,
        detail=detail if kinds else "",
    )  # fmt: skip


def _kept(report: Report) -> Aim:
    lost = (report["refusal"] or {}).get("lost", {})
    return _aim(
        "loss", "Good photos are kept", "At most 2% of good photos refused",
        lost.get("good", {}).get("value"), 0.02, unit="share", least=False,
    )  # fmt: skip


def _precision(report: Report) -> Aim:
    agreement = report["precision"]
    value, detail = None, "The package carries no int8 network."
    if agreement:
        moved = [
            100 * abs(f[name]["value"] or 0)
            for f in agreement["conditions"].values()
            for name in ("balanced_accuracy", "weighted_kappa")
        ]
        means = [f["severity_mean"] for f in agreement["conditions"].values()]
        value = round(max([*means, *moved]), 3)
        detail = (
            "The largest of: mean change of severity of a condition, change of its balanced "
            "accuracy or of its kappa, in points (hundredths)."
        )
    return _aim(
        "int8", "Fast arithmetic changes nothing", "int8 within 1 point of float32",
        value, 1.0, unit="points", least=False, detail=detail,
    )  # fmt: skip


def _step_one(report: Report) -> Aim:
    compared = comparison_of(report["ablation"]) if report["ablation"] else None
    p = compared["p"] if compared else None
    detail = "The ablation has not been run."
    if compared:
        change = 100 * compared["mean_difference"]
        way = "better" if change > 0 else "worse" if change < 0 else "neither better nor worse"
        detail = (
            f"With the standard recipe {way} than without, {change:+.1f} points of balanced "
            "accuracy, both with augmentation, same camera."
        )
    return _aim(
        "step-one", "Cleaning the photo helps", "Step one better than none with p < 0.01",
        p, 0.01, unit="p", least=False, detail=detail,
        also=bool(compared and compared["mean_difference"] > 0),
    )  # fmt: skip


def _speed(report: Report) -> Aim:
    speed = report["speed"]
    return _aim(
        "speed", "Fast on a small machine",
        "Photo to all scores at least 15 times as fast as the textbook stack",
        speed["ratio"] if speed else None, 15.0, unit="times", least=True,
        detail="" if speed else "Measured by make bench, which has not been run with this package.",
    )  # fmt: skip

"""What a report takes from elsewhere: the trial of step one, the benchmark, reasons by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.training.evaluate import EvaluationRefused

SIDES = ("package", "full_width")


@dataclass(frozen=True)
class Beside:
    """What was measured elsewhere, as read from its JSON."""

    ablation: Mapping[str, Any] | None = None
    bench: Mapping[str, Any] | None = None
    why: Mapping[str, str] | None = None


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON object, or None when there is no file. Raises EvaluationRefused for another."""
    if not path.exists():
        return None
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise EvaluationRefused(f"{path.name} is not JSON: {error}.") from error
    if not isinstance(given, dict):
        raise EvaluationRefused(f"{path.name} must hold a JSON object.")
    return given


def speed_of(bench: Mapping[str, Any] | None, package: str) -> dict[str, Any] | None:
    """Return what a benchmark's JSON says of photo to all scores with this package.

    `package` is its name and version; None when the benchmark was of another, or left it out.
    """
    scoring = (bench or {}).get("scoring")
    if not scoring or scoring["package"]["network"] != package:
        return None
    machine = (bench or {}).get("machine", {})
    return {
        "ratio": round(scoring["package"]["ratio"], 2),
        "photos": scoring["photos"]["number"],
        "processor": machine.get("processor", ""),
        "cores": machine.get("cores"),
        "load": machine.get("load"),
        "networks": [_side(scoring[name]) for name in SIDES if name in scoring],
    }


def _side(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "network": entry["network"],
        "size": entry["size"],
        "precision": entry["runtime"].get("precision", ""),
        "provider": entry["runtime"].get("provider", ""),
        "ratio": round(entry["ratio"], 2),
        "textbook_ms": round(entry["textbook"]["milliseconds"], 1),
        "ours_ms": round(entry["ours"]["milliseconds"], 1),
    }

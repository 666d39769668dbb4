"""Whether a report is one: checked against `report.schema.json` before it is written or shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

SCHEMA_PATH = Path(__file__).with_name("report.schema.json")


class NotAReport(Exception):  # noqa: N818 - a refusal is named for what it says
    """This JSON is no evaluation report."""


@cache
def report_schema() -> dict[str, Any]:
    """Return the JSON schema of a report."""
    schema: dict[str, Any] = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    return schema


def check_report(report: Mapping[str, Any]) -> None:
    """Raises NotAReport with the first places that are not as they should be."""
    errors = sorted(
        Draft202012Validator(report_schema()).iter_errors(report),
        key=lambda error: list(map(str, error.path)),
    )
    if errors:
        told = "; ".join(
            f"{'.'.join(map(str, error.absolute_path)) or 'report'}: {error.message[:200]}"
            for error in errors[:4]
        )
        raise NotAReport(f"This is no evaluation report: {told}.")

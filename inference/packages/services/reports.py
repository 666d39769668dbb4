"""Evaluation reports: read from outside, proved to be of a package, found for the page."""

import logging
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.safestring import mark_safe

from inference.packages.errors import ReportRefused
from inference.packages.models import ModelPackage
from inference.report import render_fragment, schema
from participants.imaging.strict_json import read_json

logger = logging.getLogger(__name__)

MAX_REPORT_BYTES = 8 * 1024 * 1024
SHIPPED_REPORTS = Path(settings.BASE_DIR) / "docs" / "evaluation"


def read_report(body: bytes, *, sha256: str) -> dict[str, Any]:
    """The report in ``body``, JSON, of the package with this SHA-256.

    Raises:
        ReportRefused: it is too large, no JSON object, or of another package.
    """
    if len(body) > MAX_REPORT_BYTES:
        raise ReportRefused("The report is larger than 8 MiB. Nothing was kept.")
    try:
        report = read_json(body)
    except ValueError as error:
        raise ReportRefused(f"The report is not valid JSON: {error}. Nothing was kept.") from None
    if not isinstance(report, dict):
        raise ReportRefused("The report must be a JSON object. Nothing was kept.")
    check_report(report, sha256=sha256)
    return report


def check_report(report: Mapping[str, Any], *, sha256: str) -> None:
    """Refuse the report of another package.

    Raises:
        ReportRefused: it names no SHA-256 or another one, or does not follow the schema.
    """
    named = sha256_named(report)
    if named != sha256:
        whose = f"is of the package with SHA-256 {named[:12]}…" if named else "names no SHA-256"
        raise ReportRefused(
            f"This report {whose}, the package has {sha256[:12]}…. Nothing was kept."
        )
    try:
        schema.check_report(report)
    except schema.NotAReport as error:
        raise ReportRefused(f"{error} Nothing was kept.") from error


def sha256_named(report: Mapping[str, Any]) -> str:
    """The SHA-256 of the package a report says it is about, in lower case; empty without."""
    package = report.get("package")
    named = package.get("sha256") if isinstance(package, dict) else None
    return named.lower() if isinstance(named, str) else ""


def drawn(report: Mapping[str, Any]) -> str | None:
    """The report as HTML, or None when it does not follow the schema this version draws.

    The renderer escapes every text of the report and refuses styles and scripts.
    """
    try:
        return mark_safe(render_fragment(report))  # noqa: S308 - built of escaped parts only
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        logger.warning("a report cannot be drawn", exc_info=True)
        return None


def report_of(package: ModelPackage) -> dict[str, Any] | None:
    """The report kept with ``package``, or the one that ships with the product, or None."""
    kept: dict[str, Any] | None = package.report
    if kept is not None:
        return kept
    if not SHIPPED_REPORTS.is_dir():
        return None
    return _shipped(package.sha256, SHIPPED_REPORTS, SHIPPED_REPORTS.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _shipped(sha256: str, folder: Path, _changed: int) -> dict[str, Any] | None:
    for path in sorted(folder.glob("*.json")):
        try:
            return read_report(path.read_bytes(), sha256=sha256)
        except ReportRefused:
            continue
    return None

"""Workbooks and XForms, made by a child process with limits (``child.py``)."""

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from studies.instruments.errors import FormUnreadable

ROOT: Final = Path(__file__).parents[3]
MODULE: Final = "studies.instruments.reading.child"
MOST_BYTES: Final = 4 * 2**20  # of a file as it is sent


@dataclass(frozen=True)
class Limits:
    """What a file may cost; the wall clock allows four times the seconds of processor."""

    memory_bytes: int = 1024 * 2**20
    seconds: int = 30
    unpacked_bytes: int = 64 * 2**20
    members: int = 500
    rows: int = 6000
    columns: int = 120
    written_bytes: int = 0


def read_sheets(data: bytes, limits: Limits | None = None) -> dict[str, dict[str, Any]]:
    """The sheets of an .xlsx that belong to a form, by their lower-case names.

    Raises:
        FormUnreadable: it is too large, no workbook, or cost more than is allowed.
    """
    if len(data) > MOST_BYTES:
        raise FormUnreadable(
            f"The file has {len(data) / 2**20:.1f} MiB; {MOST_BYTES // 2**20} MiB are allowed. "
            "Nothing was imported."
        )
    answer = _ask("workbook", data, limits or Limits())
    return {name.strip().lower(): sheet for name, sheet in answer["sheets"].items()}


def make_xform(sheets: dict[str, list[dict[str, str]]], limits: Limits | None = None) -> str:
    """The XForm of an XLSForm's rows.

    Raises:
        FormUnreadable: no form can be made of them.
    """
    # pyxform prints the form into a temporary file of its own, even when nothing validates it.
    limits = replace(limits or Limits(), written_bytes=32 * 2**20)
    answer = _ask("xform", json.dumps(sheets).encode(), limits)
    return str(answer["xform"])


def _ask(what: str, data: bytes, limits: Limits) -> dict[str, Any]:
    request = json.dumps({"do": what, "limits": asdict(limits)}).encode() + b"\n"
    try:
        done = subprocess.run(
            [sys.executable, "-m", MODULE],
            input=request + data,
            capture_output=True,
            timeout=limits.seconds * 4,
            cwd=ROOT,
            # No secret crosses over.
            env={
                "PATH": os.defpath,
                "LANG": "C.UTF-8",
                "PYTHONPATH": str(ROOT),
                "MALLOC_ARENA_MAX": "1",
            },
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _too_dear() from None
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    if done.returncode != 0 or not lines:
        raise _too_dear()
    answer: dict[str, Any] = json.loads(lines[-1])
    if "refused" in answer:
        raise FormUnreadable(f"{answer['refused']} Nothing was imported.")
    return answer


def _too_dear() -> FormUnreadable:
    return FormUnreadable(
        "Reading this file takes more time or memory than is allowed, so it was stopped. Nothing "
        "was imported. Save the form's sheets alone as a new workbook and choose that one."
    )

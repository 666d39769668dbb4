"""Addresses of reading studies."""

from typing import Any

STUDY = "studies/<code:study>/"
READINGS = f"{STUDY}readings/"

staff: list[Any] = []

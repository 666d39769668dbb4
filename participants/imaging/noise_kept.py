"""The noise of a photo as it is kept: three numbers, read without loading what measures them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

PLANES: Final = ("luma", "blue", "red")


@dataclass(frozen=True)
class PlaneNoise:
    """Deviations in 8-bit steps of luma, Cb (blue) and Cr (red)."""

    luma: float
    blue: float
    red: float

    @classmethod
    def kept(cls, report: Mapping[str, Any] | None, part: str = "reading") -> PlaneNoise | None:
        """Return a part of what `NoiseLevel.as_dict` gave, or None where there is none."""
        numbers = (report or {}).get(part)
        return cls(**{name: float(numbers[name]) for name in PLANES}) if numbers else None

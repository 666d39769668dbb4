"""A point or a rectangle on a photo: ``{x, y, width, height}``, as shares of its upright picture.

The corner of least x and y, and how far it reaches; a point reaches nowhere. Shares hold whatever
size the picture is shown in.
"""

import math
from typing import Final

from studies.platform.errors import invalid

NAMES: Final = ("x", "y", "width", "height")
DIGITS = 5  # a twentieth of a pixel of the largest picture


def region_of(text: str) -> dict[str, float]:
    """The region that ``x,y,width,height`` names.

    Raises:
        Invalid: those are no four numbers, or it does not lie within the picture.
    """
    try:
        numbers = [round(float(each), DIGITS) for each in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != len(NAMES) or not all(math.isfinite(each) for each in numbers):
        raise _refused()
    x, y, width, height = numbers
    slack = 10**-DIGITS
    if min(numbers) < 0 or x + width > 1 + slack or y + height > 1 + slack:
        raise _refused()
    return dict(zip(NAMES, numbers, strict=True))


def region_text(region: dict[str, float]) -> str:
    """``region`` as ``region_of`` reads it, and as pages and addresses carry it."""
    return ",".join(f"{region[name]:g}" for name in NAMES)


def is_point(region: dict[str, float]) -> bool:
    """Whether it is a point."""
    return region["width"] == region["height"] == 0


def _refused() -> Exception:
    sentence = "Mark a point or a rectangle on the photo, within its edges."
    return invalid(f"{sentence} Nothing was saved.", {"region": sentence})

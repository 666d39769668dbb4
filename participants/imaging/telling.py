"""Which of several reasons is told to the participant: the one that makes the others meaningless.

A photo in the dark has no colours, shows the eyes closed and the mouth as if covered. Who took it
needs the one thing to do; staff see all that was found.
"""

from collections.abc import Mapping, Sequence
from typing import Final

# Whatever comes earlier is told instead of what comes later. Reasons that are not here, as of a
# file that cannot be read, or a person's own, come before all.
RANK: Final = (
    "too_dark", "no_face", "too_bright", "screenshot", "screen", "drawing", "other_faces",
    "upside_down", "cut_off", "too_far", "covered", "mouth_covered", "dark_glasses", "moved",
    "blurred", "turned_left", "turned_right", "turned_too_far", "show_left", "show_right",
    "looking_up", "looking_down", "tilted", "shadows", "uneven_light", "coloured_light",
    "monochrome", "tone_mapped", "packed", "sharpened", "grainy", "filtered", "smeared",
    "eyes_closed", "not_relaxed", "hair_on_forehead",
)  # fmt: skip


def main_reason(reasons: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The one of ``reasons`` (``{code, message}``) that the participant reads; of none, none."""
    place = {code: number for number, code in enumerate(RANK, start=1)}
    first = sorted(reasons, key=lambda reason: place.get(reason["code"], 0))[:1]
    return [dict(reason) for reason in first]

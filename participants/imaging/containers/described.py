"""The answer of every reader, and the refusal that the child carries to its parent."""

from __future__ import annotations

from dataclasses import dataclass, field

TRUNCATED = "truncated"
UNREADABLE_KIND = "kind_not_readable"
TOO_COSTLY = "too_costly"
FORMAT = "format_not_allowed"
COLOURS_UNREADABLE = "colours_not_readable"


class Refused(Exception):  # noqa: N818 - carries a code to the parent
    """The photo is refused with this code (`participants.imaging.errors.UnreadableCode`)."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class Colours:
    """Colours named by number (ISO/IEC 23091-2, 0 for what is not said) or by a plain gamma.

    `gamma` is the exponent that gives light from the stored value, as 2.2; `chromaticities` are
    x, y of white, red, green and blue. `readable` is false where the values are packed in a way
    that the image libraries do not undo.
    """

    primaries: int = 0
    transfer: int = 0
    gamma: float | None = None
    chromaticities: tuple[float, ...] | None = None
    readable: bool = True


@dataclass(frozen=True)
class Described:
    """A whole photo of a kind that can be read.

    `data` is what the image library is given: without what trails the photo, and without parts
    that cost and say nothing of the picture. `held` are bytes a decoder holds beside the pixels.
    `icc` is said only by PNG here, `colours` by PNG and by the parts of a HEIF: Pillow tells those
    of the others. `says_profile` is true where a JPEG has any part of an ICC profile.
    """

    data: bytes
    size: tuple[int, int] | None = None  # None: the library is asked
    held: int = 0
    rare: bool = False  # a kind that the library may lack
    icc: bytes | None = None
    colours: Colours = field(default_factory=Colours)
    says_profile: bool = False

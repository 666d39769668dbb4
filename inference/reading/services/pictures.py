"""The picture of a case as a reader gets it: always of one size, with nothing but its pixels.

Where a photo came from shows in its width, its length in bytes, its tags and its name. So each is
laid out anew on a sheet of ``SIDES`` pixels, without tags, and filled up to a whole number of
``STEP`` bytes with noise, which differs each time: a case that comes again has other bytes.
"""

from __future__ import annotations

import secrets
from io import BytesIO
from typing import TYPE_CHECKING, Final

from inference.reading.models import Case, Turn
from studies.platform.errors import NotFound
from studies.platform.private_files import read_private

if TYPE_CHECKING:
    from PIL import Image

    from participants.capture.models import Photo

SIDES: Final = {"screen": 1280, "full": 3072}  # pixels, both ways
QUALITY: Final = {"screen": 85, "full": 92}
GROUND: Final = (119, 119, 119)  # middle grey, sRGB
STEP: Final = 65_536
_SHORTEST: Final = 4  # bytes of a comment: its marker and its length


def picture_of(turn: Turn, *, place: int, size: str) -> bytes:
    """The JPEG of the left (0) or right (1) photo of a turn; of a single photo there is only 0.

    Raises:
        NotFound: no such place or size, or the photo is gone.
    """
    return picture_of_case(turn.case, swapped=turn.swapped, place=place, size=size)


def picture_of_case(case: Case, *, swapped: bool, place: int, size: str) -> bytes:
    """As ``picture_of``, of a case whoever looks at it.

    Raises:
        NotFound: no such place or size, or the photo is gone.
    """
    photo = photo_at(case, place, swapped=swapped)
    if size not in SIDES:
        raise NotFound("There is no such picture.")
    sheet = _sheet(read_private(photo.upright_file), SIDES[size])
    made = BytesIO()
    sheet.save(made, "JPEG", quality=QUALITY[size], subsampling=0)
    return filled_up(made.getvalue())


def photo_at(case: Case, place: int, *, swapped: bool) -> Photo:
    """The photo shown at the left (0) or right (1).

    Raises:
        NotFound: there is none.
    """
    photos = [case.photo, case.second]
    if swapped and case.second_id is not None:
        photos.reverse()
    photo = photos[place] if place in (0, 1) else None
    if photo is None or not photo.upright_file:
        raise NotFound("There is no such picture.")
    return photo


def mm_per_pixel(case: Case, *, swapped: bool, place: int, size: str) -> float | None:
    """The scale of a picture, in mm on the face a pixel; ``None`` where none was measured.

    To two digits, which is as exact as it was measured: more would tell one photo from another.
    """
    photo = photo_at(case, place, swapped=swapped)
    scale = ((photo.quality or {}).get("face") or {}).get("scale")
    if not scale or not photo.width or not photo.height:
        return None
    exact = float(scale["mm_per_pixel"]) * max(photo.width, photo.height) / SIDES[size]
    return float(f"{exact:.2g}")


def filled_up(jpeg: bytes) -> bytes:
    """The same picture with comments of noise before its end, a multiple of ``STEP`` bytes long."""
    left = -len(jpeg) % STEP
    if 0 < left < _SHORTEST:
        left += STEP
    halves = (left,) if left < STEP else (left // 2, left - left // 2)
    noise = b"".join(_comment(length) for length in halves if length)
    return jpeg[:-2] + noise + jpeg[-2:]


def _comment(length: int) -> bytes:
    """A comment of a JPEG, ``length`` bytes in all."""
    return b"\xff\xfe" + (length - 2).to_bytes(2, "big") + secrets.token_bytes(length - _SHORTEST)


def _sheet(data: bytes, side: int) -> Image.Image:
    from PIL import Image

    with Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as opened:
        opened.draft("RGB", (side, side))
        photo = opened.convert("RGB")
    ratio = side / max(photo.size)
    width, height = (max(1, round(length * ratio)) for length in photo.size)
    sheet = Image.new("RGB", (side, side), GROUND)
    way = Image.Resampling.LANCZOS
    sheet.paste(photo.resize((width, height), way), ((side - width) // 2, (side - height) // 2))
    return sheet

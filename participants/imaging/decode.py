"""From an untrusted file to plain pixels, and from pixels to a clean JPEG.

`decode_photo` never opens the file with an image library itself: a child process with limits does
(`decode_child.py`), so that a bomb or a flaw in a decoder costs one photo and nothing else. A warm
process of this one's own makes a child for each photo (`decoder.py`). What comes back is checked
again here. The original bytes are never served; whatever trails the image in
a polyglot ends there.
"""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from participants.imaging.decoder import Outcome, Result, TookTooLong, borrowed
from participants.imaging.errors import MESSAGES, DecoderFailed, PhotoUnreadable, UnreadableCode
from participants.imaging.formats import FORMATS
from participants.imaging.opencv import cv2

# A crash of a decoder is the photo's doing; a kill from outside is not.
BLAMED_SIGNALS: Final = frozenset(
    {
        signal.SIGXCPU,
        signal.SIGALRM,
        signal.SIGSEGV,
        signal.SIGBUS,
        signal.SIGABRT,
        signal.SIGFPE,
        signal.SIGILL,
    }
)


@dataclass(frozen=True)
class DecodeLimits:
    """What one photo may cost.

    `formats.py` has the pixels of each format, of which `max_pixels` is the most. `memory_bytes`
    limits the child's address space, its interpreter included, and so what it ever holds.
    """

    max_bytes: int = 64 * 2**20
    max_pixels: int = 220_000_000
    memory_bytes: int = 512 * 2**20
    cpu_seconds: int = 5
    wall_seconds: int = 20


@dataclass(frozen=True)
class CameraTags:
    """The only tags that survive. Text is at most 64 printable characters; no place, no name."""

    make: str | None = None
    model: str | None = None
    exposure_s: float | None = None
    f_number: float | None = None
    iso: int | None = None
    taken_at: datetime | None = None  # as the camera's clock showed it, without a zone
    utc_offset: str | None = None  # "+08:00" when the camera wrote one


@dataclass(frozen=True)
class DecodedPhoto:
    """Upright sRGB pixels: uint8 (height, width, 3). The source size is upright as well.

    `processor_s` is what decoding took in the child, in seconds of one processor.
    """

    pixels: NDArray[np.uint8]
    source_format: str
    source_width: int
    source_height: int
    tags: CameraTags = field(default_factory=CameraTags)
    processor_s: float = 0.0


def decode_photo(
    path: Path, *, limits: DecodeLimits | None = None, max_side: int | None = None
) -> DecodedPhoto:
    """Decode a JPEG, PNG, WebP, HEIC or AVIF file, known by its content and not by its name.

    With `max_side` the longer side of the result is at most that many pixels (a JPEG is then
    decoded coarsely from the start); nothing is enlarged. Orientation and colour profile are
    applied once, alpha is laid on white, of several frames the first is taken.

    Raises PhotoUnreadable when the file is to blame, DecoderFailed when it is not.
    """
    if max_side is not None and max_side < 1:
        raise ValueError("max_side must be at least 1")
    limits = limits or DecodeLimits()
    asked: dict[str, int] = dict(vars(limits))
    if max_side is not None:
        asked["max_side"] = max_side
    most = limits.max_pixels if max_side is None else min(limits.max_pixels, max_side**2)
    with path.open("rb") as source, Result(most * 3) as result:
        try:
            with borrowed() as decoder:
                outcome = decoder.run(source, result, asked)
                result.close_to_writers()
                header = result.header() or {}
                refused = header.get("error") in MESSAGES
                photo = None if refused else _photo(header, result, outcome)
                if outcome.status != 0 or not (refused or photo):
                    raise _failure(outcome)  # and another decoder for the next photo
        except TookTooLong:
            raise _too_costly("took too long") from None
    if photo is None:
        raise PhotoUnreadable(header["error"], str(header.get("detail", ""))[:200])
    return photo


def _photo(header: dict[str, Any], result: Result, outcome: Outcome) -> DecodedPhoto | None:
    """Return the photo that the header tells of; None when what it says cannot be."""
    width, height = _size(header, "size")
    source_width, source_height = _size(header, "source")
    length = width * height * 3
    if min(width, height, source_width, source_height) < 1 or length > result.room:
        return None
    if header.get("format") not in FORMATS:
        return None
    tags = header.get("tags")
    return DecodedPhoto(
        pixels=np.frombuffer(result.pixels(length), np.uint8).reshape(height, width, 3),
        source_format=header["format"],
        source_width=source_width,
        source_height=source_height,
        tags=_tags(tags if isinstance(tags, dict) else {}),
        processor_s=outcome.processor_s,
    )


def _size(header: dict[str, Any], name: str) -> tuple[int, int]:
    try:
        width, height = (int(number) for number in header[name])
    except (KeyError, OverflowError, TypeError, ValueError):
        return 0, 0
    return width, height


def _failure(outcome: Outcome) -> PhotoUnreadable | DecoderFailed:
    if -outcome.status in BLAMED_SIGNALS:
        return _too_costly(f"decoder ended by {signal.Signals(-outcome.status).name}")
    words = f"the decoder ended with status {outcome.status}: {outcome.complaints.strip()}"
    return DecoderFailed(words)


def _too_costly(detail: str) -> PhotoUnreadable:
    code: UnreadableCode = "too_costly"
    return PhotoUnreadable(code, detail)


def _tags(raw: dict[str, Any]) -> CameraTags:
    def text(name: str) -> str | None:
        value = raw.get(name)
        return value[:64] if isinstance(value, str) else None

    def number(name: str) -> float | None:
        value = raw.get(name)
        return float(value) if isinstance(value, int | float) else None

    iso = number("iso")
    offset = text("utc_offset")
    return CameraTags(
        make=text("make"),
        model=text("model"),
        exposure_s=number("exposure_s"),
        f_number=number("f_number"),
        iso=round(iso) if iso else None,
        taken_at=_camera_time(text("taken_at")),
        utc_offset=offset if offset and re.fullmatch(r"[+-]\d\d:\d\d", offset) else None,
    )


def _camera_time(written: str | None) -> datetime | None:
    """Read `2026:11:23 08:15:00`; a camera's clock has no zone, and none is made up here."""
    try:
        return datetime.strptime(written or "", "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        return None


def encode_clean(
    pixels: NDArray[np.uint8], *, quality: int = 92, max_side: int | None = None
) -> bytes:
    """Encode sRGB pixels, uint8 (H, W, 3), as a JPEG that carries nothing but the picture.

    No EXIF, XMP, comment or ICC profile: only the JFIF header, so a viewer takes it as sRGB. With
    `max_side` the picture is scaled down (never up) so that its longer side fits. From quality 90
    on, colour is kept at full resolution, since redness is a measurement here. Huffman tables are
    the standard's own: optimised ones cost a second pass for a few percent of the bytes. OpenCV
    writes the bytes that Pillow does, without a copy of the picture in Pillow's four bytes a pixel.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(f"expected uint8 (H, W, 3), got {pixels.dtype} {pixels.shape}")
    height, width = pixels.shape[:2]
    if max_side is not None and max(height, width) > max_side:
        scale = max_side / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        pixels = np.asarray(small, np.uint8)
    # Large arrays of NumPy's own get large pages, which OpenCV's do not.
    turned = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR, dst=np.empty_like(pixels))
    whole = quality >= 90
    sampling = f"IMWRITE_JPEG_SAMPLING_FACTOR_{'444' if whole else '420'}"
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, getattr(cv2, sampling)]
    written, jpeg = cv2.imencode(".jpg", turned, options)
    if not written:
        raise ValueError("the picture could not be written")
    return bytes(jpeg)

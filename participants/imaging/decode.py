"""From an untrusted file to plain pixels, and from pixels to a clean JPEG.

`decode_photo` never opens the file with an image library itself: a child process with limits does
(`decode_child.py`), so that a bomb or a flaw in a decoder costs one photo and nothing else. What
comes back is checked again here. The original bytes are never served; whatever trails the image in
a polyglot ends there.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from participants.imaging.errors import MESSAGES, DecoderFailed, PhotoUnreadable, UnreadableCode

CHILD = Path(__file__).with_name("decode_child.py")
FORMATS: Final = ("JPEG", "PNG", "WEBP", "HEIF")
LONGEST_LINE = 4096
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

    65 megapixels lets a phone's 64 MP mode pass; such a photo needs about 0.8 GiB while it is
    decoded whole. `memory_bytes` limits the child's address space, its interpreter included.
    """

    max_bytes: int = 64 * 2**20
    max_pixels: int = 65_000_000
    memory_bytes: int = 1536 * 2**20
    cpu_seconds: int = 20
    wall_seconds: int = 40


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
    """Upright sRGB pixels: uint8 (height, width, 3). The source size is upright as well."""

    pixels: NDArray[np.uint8]
    source_format: str
    source_width: int
    source_height: int
    tags: CameraTags = field(default_factory=CameraTags)


def decode_photo(
    path: Path, *, limits: DecodeLimits | None = None, max_side: int | None = None
) -> DecodedPhoto:
    """Decode a JPEG, PNG, WebP or HEIC file, known by its content and not by its name.

    With `max_side` the longer side of the result is at most that many pixels (a JPEG is then
    decoded coarsely from the start); nothing is enlarged. Orientation and colour profile are
    applied once, alpha is laid on white, of several frames the first is taken.

    Raises PhotoUnreadable when the file is to blame, DecoderFailed when it is not.
    """
    if max_side is not None and max_side < 1:
        raise ValueError("max_side must be at least 1")
    limits = limits or DecodeLimits()
    with path.open("rb") as source:
        child = _start_child(source, limits, max_side)
    timed_out = threading.Event()

    def give_up() -> None:
        timed_out.set()
        child.kill()

    timer = threading.Timer(limits.wall_seconds, give_up)
    timer.start()
    try:
        assert child.stdout is not None  # noqa: S101 - asked for a pipe
        header = _read_header(child.stdout)
        photo = None if header is None or "error" in header else _read_photo(header, child, limits)
        _, complaints = child.communicate()
    finally:
        timer.cancel()
        timer.join()
        child.kill()
        child.wait()
        for pipe in (child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()
    if header is not None and header.get("error") in MESSAGES:
        raise PhotoUnreadable(header["error"], str(header.get("detail", ""))[:200])
    if photo is None or child.returncode != 0:
        raise _failure(child.returncode, complaints, timed_out=timed_out.is_set())
    return photo


def _start_child(
    source: IO[bytes], limits: DecodeLimits, max_side: int | None
) -> subprocess.Popen[bytes]:
    arguments: dict[str, int] = dict(vars(limits))
    if max_side is not None:
        arguments["max_side"] = max_side
    return subprocess.Popen(
        [sys.executable, "-I", str(CHILD), json.dumps(arguments)],
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        # No secret crosses over. One arena per thread would eat the address space.
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
        start_new_session=True,  # Ctrl-C at a terminal lets work in hand finish
    )


def _read_header(stdout: IO[bytes]) -> dict[str, Any] | None:
    line = stdout.readline(LONGEST_LINE)
    try:
        header = json.loads(line)
    except ValueError:
        return None
    return header if isinstance(header, dict) else None


def _read_photo(
    header: dict[str, Any], child: subprocess.Popen[bytes], limits: DecodeLimits
) -> DecodedPhoto | None:
    """Read the pixels the header announces; None when they do not arrive whole."""
    width, height = (int(number) for number in header["size"])
    source_width, source_height = (int(number) for number in header["source"])
    if not (0 < width * height <= limits.max_pixels and width > 0 and header["format"] in FORMATS):
        return None
    pixels = np.empty((height, width, 3), np.uint8)
    room = pixels.data.cast("B")
    assert child.stdout is not None  # noqa: S101 - asked for a pipe
    while room and (count := child.stdout.readinto(room)):  # type: ignore[attr-defined]
        room = room[count:]
    if room:
        return None
    tags = header.get("tags")
    return DecodedPhoto(
        pixels=pixels,
        source_format=header["format"],
        source_width=source_width,
        source_height=source_height,
        tags=_tags(tags if isinstance(tags, dict) else {}),
    )


def _failure(status: int, complaints: bytes, *, timed_out: bool) -> PhotoUnreadable | DecoderFailed:
    if timed_out:
        return _too_costly("took too long")
    if status < 0 and -status in BLAMED_SIGNALS:
        return _too_costly(f"decoder ended by {signal.Signals(-status).name}")
    tail = complaints.decode(errors="replace").strip()[-500:]
    return DecoderFailed(f"the decoder ended with status {status}: {tail}")


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
    on, colour is kept at full resolution, since redness is a measurement here.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(f"expected uint8 (H, W, 3), got {pixels.dtype} {pixels.shape}")
    picture = Image.fromarray(pixels)
    if max_side is not None and max(picture.size) > max_side:
        scale = max_side / max(picture.size)
        size = tuple(max(1, round(side * scale)) for side in picture.size)
        picture = picture.resize((size[0], size[1]), Image.Resampling.LANCZOS, reducing_gap=3.0)
    out = BytesIO()
    subsampling = "4:4:4" if quality >= 90 else "4:2:0"
    picture.save(out, "JPEG", quality=quality, subsampling=subsampling, optimize=True)
    return out.getvalue()

"""Read one untrusted photo, write its plain pixels and a line about it into memory it was given.

Only a child of `decode_server.py` does this, never a process of the product: it is the only one
that lets an image library touch bytes a stranger sent. It limits itself before reading them, has no
secret in its environment, can write no file, and dies with its limits.

Pillow and pi-heif are imported inside the functions: who wants only to know whether a file is whole
need not have them, and the server loads them before it forks.
"""

from __future__ import annotations

import importlib
import os
import re
import resource
import signal
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Final

from participants.imaging.colours import exif_colours, profile_of
from participants.imaging.containers import heif, jpeg, png, webp
from participants.imaging.containers.described import (
    FORMAT,
    TOO_COSTLY,
    TRUNCATED,
    UNREADABLE_KIND,
    Colours,
    Described,
    Refused,
)
from participants.imaging.conversion import colours_of, to_srgb
from participants.imaging.decode_memory import Memory
from participants.imaging.formats import FORMATS, memory_needed

if TYPE_CHECKING:
    from PIL import Image

ORIENTATION, EXIF_IFD = 0x0112, 0x8769
MAKE, MODEL = 0x010F, 0x0110
INTEROPERABILITY, COLOUR_SPACE, GAMMA = 0xA005, 0xA001, 0xA500
WHITE_POINT, CORNERS = 0x013E, 0x013F
EXPOSURE, F_NUMBER, ISO, TAKEN, OFFSET = 0x829A, 0x829D, 0x8827, 0x9003, 0x9011

OTHER_MEDIA: Final = (
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF or raw"),
    (b"MM\0*", "TIFF or raw"),
    (b"II+\0", "BigTIFF"),
    (b"MM\0+", "BigTIFF"),
    (b"8BPS", "Photoshop"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\0\0\1\0", "icon"),
    (b"%PDF", "PDF"),
    (b"\x1aE\xdf\xa3", "video"),
)
DESCRIBE: Final = {
    "JPEG": jpeg.describe,
    "PNG": png.describe,
    "WEBP": webp.describe,
    "HEIF": heif.describe,
    "AVIF": heif.describe_avif,
}
HEIF_THREADS, AVIF_THREADS = 2, 1


LIBRARIES: Final = (
    *(f"PIL.{name}ImagePlugin" for name in ("Jpeg", "Png", "WebP", "Avif", "Ppm")),
    "PIL.ImageChops",
    "PIL.ImageCms",
    "pi_heif.as_plugin",
)


def load_libraries() -> None:
    """Import what decoding imports, before there is a photo."""
    for name in LIBRARIES:
        importlib.import_module(name)


def limit_self(limits: dict[str, int]) -> None:
    """Set the limits of this process; the address space also bounds what a library may map."""
    seconds = limits["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the photo
    signal.alarm(limits["wall_seconds"])  # holds even when the parent has died


def sniff(data: bytes) -> str:
    """Name the format by content: JPEG, PNG, WEBP, HEIF or AVIF; refuse everything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        if kind := heif.kind_of(data):
            return kind
        raise Refused(FORMAT, "an ISO media file that is neither HEIC nor AVIF")
    for magic, name in OTHER_MEDIA:
        if data.startswith(magic):
            raise Refused(FORMAT, name)
    raise Refused("not_a_photo", "no known image signature")


def is_complete(data: bytes, name: str) -> bool:
    """Say whether the file runs to the end of its own structure; what follows it is ignored.

    Image libraries forgive a missing end and fill the rest with grey, so this is checked apart.
    """
    try:
        DESCRIBE[name](data)
    except Refused as refusal:
        return refusal.code != TRUNCATED
    return True


def open_photo(described: Described, name: str, limits: dict[str, int]) -> Image.Image:
    """Open with the one allowed reader and check what it would cost; decodes no pixels yet."""
    if described.size is not None:
        check_cost(described.size, described, name, limits)
    try:
        photo: Image.Image = _reader(name)(BytesIO(described.data))
    except MemoryError:
        raise
    except Exception as error:
        raise _failed(error, name, rare=described.rare) from error
    check_cost(photo.size, described, name, limits)
    return photo


def _reader(name: str) -> Any:
    """Return the class that reads the format: no other ever sees the bytes."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # the caps here are stricter and say which photo it was
    if name == "HEIF":
        import pi_heif
        from pi_heif.as_plugin import HeifImageFile

        pi_heif.options.DECODE_THREADS = HEIF_THREADS
        pi_heif.options.THUMBNAILS = False
        pi_heif.options.DEPTH_IMAGES = False
        pi_heif.options.AUX_IMAGES = False
        return HeifImageFile
    if name == "AVIF":
        from PIL import AvifImagePlugin

        AvifImagePlugin.DEFAULT_MAX_THREADS = AVIF_THREADS
        return AvifImagePlugin.AvifImageFile
    from PIL import JpegImagePlugin, PngImagePlugin, WebPImagePlugin

    return {
        "JPEG": JpegImagePlugin.JpegImageFile,
        "PNG": PngImagePlugin.PngImageFile,
        "WEBP": WebPImagePlugin.WebPImageFile,
    }[name]


def check_cost(
    size: tuple[int, int], described: Described, name: str, limits: dict[str, int]
) -> None:
    """Refuse what would take more pixels or memory than there is, before anything is decoded."""
    pixels = size[0] * size[1]
    needed = memory_needed(
        name,
        size,
        result=target_of(size, limits.get("max_side")),
        held=described.held,
        file=len(described.data),
    )
    most = min(limits["max_pixels"], FORMATS[name].max_pixels)
    if pixels > most or needed > limits["memory_bytes"]:
        raise Refused("too_many_pixels", f"{name}, {size[0]} x {size[1]}, about {needed} bytes")


def target_of(size: tuple[int, int], max_side: int | None) -> tuple[int, int]:
    """Return the size of the result: its longer side is at most `max_side`."""
    scale = min(1.0, (max_side or max(size)) / max(1, *size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _failed(error: Exception, name: str, *, rare: bool) -> Refused:
    """Return why a library gave up: too dear, of a kind it lacks, or damaged."""
    words = str(error)
    if re.search("alloc|memory|limit|too large", words, re.IGNORECASE):
        return Refused(TOO_COSTLY, words[:200])
    if rare or re.search("not (yet )?supported|unsupported|unknown", words, re.IGNORECASE):
        return Refused(UNREADABLE_KIND, f"{name}: {words[:150]}")
    return Refused(TRUNCATED, f"{name}: {type(error).__name__}")


def load_scaled(photo: Image.Image, max_side: int | None, *, rare: bool = False) -> Image.Image:
    """Decode the first frame, no finer than asked: the longer side is at most `max_side`."""
    from PIL import Image

    target = target_of(photo.size, max_side)
    if photo.format == "JPEG":
        photo.draft(None, target)
    try:
        photo.load()
    except MemoryError:
        raise
    except Exception as error:
        raise _failed(error, str(photo.format), rare=rare) from error
    if photo.format == "JPEG" and _ends_in_filling(photo):
        raise Refused(TRUNCATED, "the last rows are the decoder's own grey")
    if photo.mode.startswith("I"):  # 16-bit grey; Pillow narrows 16-bit colour by itself
        photo = photo.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if photo.size == target:
        return photo
    if photo.mode in {"P", "1"} or "transparency" in photo.info:
        photo = flatten(photo)
    return photo.resize(target, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _ends_in_filling(photo: Image.Image) -> bool:
    """Say whether the last 64th of the rows is mid-grey: what libjpeg puts where data is missing.

    A file cut in the middle and closed with an end marker is whole by its structure. No camera
    makes such rows. A progressive JPEG that lost later scans is only less sharp, and passes.
    """
    tail = photo.crop((0, photo.height - max(1, photo.height // 64), photo.width, photo.height))
    filling = {"L": (128, 128), "RGB": ((128, 128),) * 3}
    return photo.mode in filling and tail.getextrema() == filling[photo.mode]


def flatten(photo: Image.Image) -> Image.Image:
    """Lay what is see-through on white, keep L, RGB and CMYK as they are, bring the rest to RGB."""
    from PIL import Image

    if "transparency" in photo.info or photo.mode in {"RGBA", "LA", "PA", "RGBa", "La"}:
        layers = photo.convert("RGBA")
        white = Image.new("RGB", photo.size, "white")
        white.paste(layers, mask=layers.getchannel("A"))
        return white
    return photo if photo.mode in {"L", "RGB", "CMYK"} else photo.convert("RGB")


def read_exif(photo: Image.Image) -> tuple[int, dict[str, str | float | None]]:
    """Return the orientation (1 to 8) and the few tags that are kept; broken EXIF gives nothing."""
    from PIL import Image

    exif = Image.Exif()
    try:
        exif.load(photo.info.get("exif") or b"")  # not getexif(): it also believes XMP
        inner = exif.get_ifd(EXIF_IFD)
        turn = exif.get(ORIENTATION)
    except MemoryError:
        raise
    except Exception:
        return 1, {}
    tags: dict[str, Any] = {
        "make": _text(exif.get(MAKE)),
        "model": _text(exif.get(MODEL)),
        "exposure_s": _number(inner.get(EXPOSURE)),
        "f_number": _number(inner.get(F_NUMBER)),
        "iso": _number(inner.get(ISO)),
        "taken_at": _text(inner.get(TAKEN)),
        "utc_offset": _text(inner.get(OFFSET)),
    }
    return (turn if isinstance(turn, int) and 1 <= turn <= 8 else 1), tags


def exif_colours_of(photo: Image.Image) -> Colours | None:
    """Return the colours that the EXIF tags name, or None where they name none but sRGB."""
    from PIL import Image

    exif = Image.Exif()
    try:
        exif.load(photo.info.get("exif") or b"")
        inner, option = exif.get_ifd(EXIF_IFD), exif.get_ifd(INTEROPERABILITY)
        points = [*(exif.get(WHITE_POINT) or ()), *(exif.get(CORNERS) or ())]
        return exif_colours(inner.get(COLOUR_SPACE), option.get(1), inner.get(GAMMA), points)
    except MemoryError:
        raise
    except Exception:
        return None


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return "".join(c for c in value if c.isprintable()).strip()[:64] or None


def _number(value: object) -> float | None:
    if isinstance(value, tuple) and value:
        value = value[0]
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if 0 < number < 1e7 else None


def upright(photo: Image.Image, orientation: int) -> Image.Image:
    """Turn the pixels as the EXIF orientation asks."""
    from PIL import Image

    turn = Image.Transpose
    ways = {
        2: turn.FLIP_LEFT_RIGHT,
        3: turn.ROTATE_180,
        4: turn.FLIP_TOP_BOTTOM,
        5: turn.TRANSPOSE,
        6: turn.ROTATE_270,
        7: turn.TRANSVERSE,
        8: turn.ROTATE_90,
    }
    return photo.transpose(ways[orientation]) if orientation in ways else photo


def answer(source: IO[bytes], memory: Memory, limits: dict[str, int]) -> None:
    """Do the whole work for one photo. Raises Refused."""
    # A byte more than there is tells that there is no more.
    data = source.read(min(os.fstat(source.fileno()).st_size, limits["max_bytes"]) + 1)
    if not data:
        raise Refused("empty", "no bytes")
    if len(data) > limits["max_bytes"]:
        raise Refused(TOO_COSTLY, f"more than {limits['max_bytes']} bytes")
    name = sniff(data)
    described = DESCRIBE[name](data)
    del data  # the picture's own bytes are in `described`
    opened = open_photo(described, name, limits)
    width, height = opened.size
    orientation, tags = read_exif(opened)
    if orientation >= 5:  # never HEIF: its reader has turned the pixels and says 1
        width, height = height, width
    colours, icc = colours_of(opened, described, exif_colours_of(opened))
    photo = flatten(load_scaled(opened, limits.get("max_side"), rare=described.rare))
    photo = upright(to_srgb(photo, icc or profile_of(colours)), orientation)
    memory.take(photo)
    memory.tell_of({"format": name, "source": [width, height], "size": photo.size, "tags": tags})


def answer_into(source: int, memory: int, limits: dict[str, int]) -> None:
    """Decode the open file `source` into the open file `memory`, or say there why not."""
    result = Memory(memory, limits["room"])
    try:
        with os.fdopen(source, "rb") as file:
            answer(file, result, limits)
    except Refused as refusal:
        result.tell_of({"error": refusal.code, "detail": str(refusal)[:200]})
    except MemoryError:
        result.tell_of({"error": "too_costly", "detail": "out of memory"})

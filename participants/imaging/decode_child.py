"""Read one untrusted photo from standard input, write plain pixels to standard output.

Run by `decode.decode_photo` as `python -I decode_child.py LIMITS`, never imported by it: this
process is the only one that lets an image library touch bytes a stranger sent. It limits itself
before reading them, has no secret in its environment, can write no file, and dies with its limits.

Answer: one line of JSON, then `width * height * 3` bytes of sRGB when the line has no `error`.

Pillow and pi-heif are imported late on purpose: the limits come first, and a JPEG need not pay for
HEIF or colour management.
"""

from __future__ import annotations

import json
import re
import resource
import signal
import struct
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from PIL import Image

ORIENTATION, EXIF_IFD = 0x0112, 0x8769
MAKE, MODEL = 0x010F, 0x0110
EXPOSURE, F_NUMBER, ISO, TAKEN, OFFSET = 0x829A, 0x829D, 0x8827, 0x9003, 0x9011

HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1"})
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
DISPLAY_P3 = 12
STRIP_ROWS = 256
SRGB_TOLERANCE = 1  # of 255: a profile that moves no colour further is taken as sRGB


class Refused(Exception):  # noqa: N818 - carries a code to the parent
    """The photo is refused with this code."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def limit_self(limits: dict[str, int]) -> None:
    """Set the limits of this process; the address space also bounds what a library may map."""
    seconds = limits["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the photo
    signal.alarm(limits["wall_seconds"])  # holds even when the parent has died


def sniff(data: bytes) -> str:
    """Name the format by content: JPEG, PNG, WEBP or HEIF; refuse everything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        size = min(int.from_bytes(data[:4], "big"), 256)
        compatible = {data[at : at + 4] for at in range(16, size, 4)}
        brand = data[8:12]
        if brand in HEIF_BRANDS and (brand != b"mif1" or b"heic" in compatible):
            return "HEIF"
        raise Refused("format_not_allowed", "an ISO media file that is not HEIC")
    for magic, name in OTHER_MEDIA:
        if data.startswith(magic):
            raise Refused("format_not_allowed", name)
    raise Refused("not_a_photo", "no known image signature")


def is_complete(data: bytes, name: str) -> bool:
    """Say whether the file runs to the end of its own structure; what follows it is ignored.

    Image libraries forgive a missing end and fill the rest with grey, so this is checked apart.
    """
    walks = {"JPEG": _jpeg_ends, "PNG": _png_ends, "WEBP": _webp_ends, "HEIF": _boxes_fit}
    return walks[name](data)


def _jpeg_ends(data: bytes) -> bool:
    # In entropy-coded data 0xFF is followed by 0 or by a restart marker; anything else is a marker.
    marker = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
    at = 2
    while found := marker.search(data, at):
        kind = found[1][0]
        at = found.end()
        if kind == 0xD9:
            return True
        if at + 2 > len(data):
            return False
        at += int.from_bytes(data[at : at + 2], "big")
    return False


def _png_ends(data: bytes) -> bool:
    at: int = 8
    size: int
    while at + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        at += 12 + size
        if kind == b"IEND":
            return at <= len(data)
    return False


def _webp_ends(data: bytes) -> bool:
    return int.from_bytes(data[4:8], "little") + 8 <= len(data)


def _boxes_fit(data: bytes) -> bool:
    """Walk the top boxes; the photo is whole when its `meta` and media data fit the file."""
    at = 0
    seen: set[bytes] = set()
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size == 1 and at + 16 <= len(data):
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        elif size == 0:
            size = len(data) - at
        if size < 8 or not all(32 <= byte < 127 for byte in kind):
            break  # not a box: what trails the photo
        if at + size > len(data):
            return False
        seen.add(kind)
        at += size
    return seen.issuperset({b"meta", b"mdat"})


def open_photo(data: bytes, name: str, limits: dict[str, int]) -> Image.Image:
    """Open with the one allowed reader and check the size; decodes no pixels yet."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # the cap below is stricter and says which photo it was
    if name == "HEIF":
        import pi_heif

        pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    try:
        photo = Image.open(BytesIO(data), formats=[name])
    except MemoryError:
        raise
    except Exception as error:
        raise Refused("truncated", f"{name} header: {type(error).__name__}") from error
    width, height = photo.size
    if width * height > limits["max_pixels"]:
        raise Refused("too_many_pixels", f"{width} x {height}")
    return photo


def load_scaled(photo: Image.Image, max_side: int | None) -> Image.Image:
    """Decode the first frame, no finer than asked: the longer side is at most `max_side`."""
    from PIL import Image

    width, height = photo.size
    scale = min(1.0, (max_side or max(width, height)) / max(width, height))
    target = max(1, round(width * scale)), max(1, round(height * scale))
    if photo.format in {"JPEG", "MPO"}:
        photo.draft(None, target)
    try:
        photo.load()
    except MemoryError:
        raise
    except Exception as error:
        if re.search("alloc|memory|limit", str(error), re.IGNORECASE):
            raise Refused("too_costly", str(error)[:200]) from error
        raise Refused("truncated", f"{type(error).__name__} while decoding") from error
    if photo.format in {"JPEG", "MPO"} and _ends_in_filling(photo):
        raise Refused("truncated", "the last rows are the decoder's own grey")
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


def to_srgb(photo: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert by the embedded ICC profile (relative colorimetric); without one, take it as sRGB."""
    if not profile:
        return photo.convert("RGB")
    from PIL import Image, ImageChops, ImageCms

    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}[source.profile.xcolor_space.strip()]
        if mode != "RGB" and photo.mode != mode:
            return photo.convert("RGB")
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        if mode == "RGB":  # most profiles are sRGB in truth: 12 MP through one cost half a second
            steps = bytes(round(step * 255 / 8) for step in range(9))
            cube = bytes(level for r in steps for g in steps for b in steps for level in (r, g, b))
            probe = Image.frombytes("RGB", (81, 9), cube)
            moved = ImageChops.difference(probe, transform.apply(probe)).getextrema()
            if all(high <= SRGB_TOLERANCE for _, high in moved):  # type: ignore[misc]
                return photo.convert("RGB")
        return transform.apply(photo if photo.mode == mode else photo.convert(mode))
    except (ImageCms.PyCMSError, KeyError, OSError, ValueError):
        return photo.convert("RGB")  # a broken profile says nothing about the pixels


def named_profile(nclx: dict[str, Any] | None) -> bytes | None:
    """Return an ICC profile for colours a HEIC names by number only (ISO/IEC 23091-2).

    Display-P3 (primaries 12, SMPTE EG 432-1) is the one phones use; all else is taken as sRGB.
    The profile is ICC version 2: the primaries adapted to D50 (Bradford) and the sRGB curve.
    """
    if not nclx or nclx.get("color_primaries") != DISPLAY_P3:
        return None

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))

    steps = [step / 1023 for step in range(1024)]
    light = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in steps]
    curve = b"curv\0\0\0\0" + struct.pack(">I1024H", 1024, *(round(v * 65535) for v in light))
    tags = [
        (b"desc", b"desc\0\0\0\0" + struct.pack(">I", 3) + b"P3\0" + bytes(79)),
        (b"wtpt", xyz(0.9642, 1.0, 0.8249)),
        (b"rXYZ", xyz(0.51512, 0.24120, -0.00105)),
        (b"gXYZ", xyz(0.29198, 0.69225, 0.04189)),
        (b"bXYZ", xyz(0.15710, 0.06657, 0.78407)),
        *((name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")),
    ]
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags:
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4xI4s4s4s", start + len(body), 0x02200000, b"mntr", b"RGB ", b"XYZ ")
    head += (
        struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + xyz(0.9642, 1, 0.8249)[8:]
    )
    return head + bytes(48) + table + body


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


def answer(limits: dict[str, int]) -> None:
    """Do the whole work for the photo on standard input."""
    data = sys.stdin.buffer.read(limits["max_bytes"] + 1)
    if not data:
        raise Refused("empty", "no bytes")
    if len(data) > limits["max_bytes"]:
        raise Refused("too_costly", f"more than {limits['max_bytes']} bytes")
    name = sniff(data)
    if not is_complete(data, name):
        raise Refused("truncated", f"{name} ends early")
    opened = open_photo(data, name, limits)
    width, height = opened.size
    orientation, tags = read_exif(opened)
    if orientation >= 5:  # never HEIF: its reader has turned the pixels and says 1
        width, height = height, width
    profile = opened.info.get("icc_profile") or named_profile(opened.info.get("nclx_profile"))
    photo = flatten(load_scaled(opened, limits.get("max_side")))
    photo = upright(to_srgb(photo, profile), orientation)
    write({"format": name, "source": [width, height], "size": photo.size, "tags": tags})
    for top in range(0, photo.height, STRIP_ROWS):
        bottom = min(top + STRIP_ROWS, photo.height)
        sys.stdout.buffer.write(photo.crop((0, top, photo.width, bottom)).tobytes())
    sys.stdout.buffer.flush()


def write(line: dict[str, Any]) -> None:
    """Write one line of JSON."""
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """Limit, read, answer. Anything unforeseen leaves a traceback and a non-zero status."""
    limits = json.loads(sys.argv[1])
    limit_self(limits)
    try:
        answer(limits)
    except Refused as refusal:
        write({"error": refusal.code, "detail": str(refusal)})
    except MemoryError:
        write({"error": "too_costly", "detail": "out of memory"})


if __name__ == "__main__":
    main()

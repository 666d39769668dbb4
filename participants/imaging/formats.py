"""The one list of what is read, and up to what size; the phone asks it before it keeps a photo.

What a picture costs is told from its header, before a pixel is decoded. The bytes a pixel were
measured as the peak of the decoding process (Pillow 13, libwebp 1.6, libheif 1.23, libavif 1.4),
rounded up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Format:
    """Pixels that are taken in, and the bytes that each one needs while it is decoded."""

    max_pixels: int
    bytes_per_pixel: float


# Phones write 200 megapixels as JPEG, which is decoded at half its side or less, and 50 as HEIC.
# No phone's camera writes PNG, WebP or AVIF: those come from apps that share, and are smaller.
FORMATS: Final[dict[str, Format]] = {
    "JPEG": Format(220_000_000, 4),
    "PNG": Format(50_000_000, 4),
    "WEBP": Format(22_000_000, 16),
    "HEIF": Format(51_000_000, 8),
    "AVIF": Format(22_000_000, 16),
}
HEADER: Final = 4096  # bytes in which the decoder tells of a photo, after its pixels
PROGRAM: Final = 64 * 2**20  # bytes of the interpreter and its libraries
RESULT: Final = 8  # bytes of each pixel of the result: as it is made, and in its final colours


def memory_needed(
    name: str, size: tuple[int, int], *, result: tuple[int, int], held: int, file: int
) -> int:
    """Return about how many bytes decoding takes.

    `result` is the size asked for: libjpeg halves a picture's side as long as that leaves enough.
    `held` are bytes kept beside the pixels, `file` those of the file itself.
    """
    width, height = size
    if name == "JPEG":
        halvings = 0
        while halvings < 3 and min(width >> halvings + 1, height >> halvings + 1) >= max(
            1, min(result)
        ):
            halvings += 1
        width, height = -(-width >> halvings), -(-height >> halvings)
    pixels = width * height * FORMATS[name].bytes_per_pixel
    return round(PROGRAM + file + held + pixels + RESULT * result[0] * result[1])

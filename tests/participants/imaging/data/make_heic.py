"""Make the two HEIC files beside this script (see README.md): `python make_heic.py`.

Needs `heif-enc` from Debian's libheif-examples; the tests themselves only read the results.
"""

from __future__ import annotations

import struct
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent


def picture() -> Image.Image:
    """96 × 64: red, green over blue, white."""
    pixels = np.zeros((64, 96, 3), np.uint8)
    pixels[:32, :48], pixels[:32, 48:] = (200, 40, 40), (40, 180, 60)
    pixels[32:, :48], pixels[32:, 48:] = (50, 70, 200), (240, 240, 240)
    return Image.fromarray(pixels)


def phone_exif() -> Image.Exif:
    """What an iPhone writes into a HEIC: orientation 6 in EXIF as well as in the `irot` box."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Makers", "Phone 1", 6
    exif.get_ifd(0x8769).update(
        {0x9003: "2026:03:04 05:06:07", 0x9011: "+08:00", 0x829A: 0.01, 0x829D: 1.8, 0x8827: 64}
    )
    exif.get_ifd(0x8825).update({1: "N", 2: (3.0, 8.0, 20.0), 3: "E", 4: (101.0, 41.0, 10.0)})
    return exif


def with_rotation(heic: bytes, quarter_turns: int) -> bytes:
    """Add an `irot` box (anticlockwise quarter turns), which heif-enc 1.15 does not write."""
    return with_property(heic, struct.pack(">I4sB", 9, b"irot", quarter_turns))


def with_named_colours(heic: bytes, primaries: int) -> bytes:
    """Add a `colr` box that names the colours by number (ISO/IEC 23091-2), sRGB curve."""
    numbers = struct.pack(">4s3HB", b"nclx", primaries, 13, 6, 0x80)
    return with_property(heic, struct.pack(">I4s", 19, b"colr") + numbers)


def with_property(heic: bytes, box: bytes) -> bytes:
    """Give the picture one more property, and move what lies behind it."""
    data = bytearray(heic)

    def grow(kind: bytes, by: int) -> int:
        at = data.index(kind) - 4
        data[at : at + 4] = struct.pack(">I", struct.unpack_from(">I", data, at)[0] + by)
        return at

    boxes = grow(b"ipco", len(box))
    end = boxes + struct.unpack_from(">I", data, boxes)[0] - len(box)
    data[end:end] = box
    table = grow(b"ipma", 1)
    count = table + 8 + 4 + 4 + 2  # one entry: item 1, then how many properties
    data[count] += 1
    data.insert(count + data[count], 0x80 | data[count])
    grow(b"iprp", len(box) + 1)
    grow(b"meta", len(box) + 1)
    at = data.index(b"iloc") + 4 + 4 + 2  # version and flags, field sizes
    for item in range(struct.unpack_from(">H", data, at)[0]):
        offset = at + 2 + item * 18 + 2 + 2 + 4 + 2
        old = struct.unpack_from(">I", data, offset)[0]
        struct.pack_into(">I", data, offset, old + len(box) + 1)
    return bytes(data)


def main() -> None:
    """Encode both files with heif-enc."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        picture().save(work / "plain.png")
        picture().save(work / "tagged.jpg", quality=98, subsampling=0, exif=phone_exif())
        for source, name in (("plain.png", "quadrants.heic"), ("tagged.jpg", "turned.heic")):
            command = ["heif-enc", "-q", "60", str(work / source), "-o", str(HERE / name)]
            subprocess.run(command, check=True, capture_output=True)
    turned = HERE / "turned.heic"
    turned.write_bytes(with_rotation(turned.read_bytes(), 3))


if __name__ == "__main__":
    main()

"""The child's side of the memory that a photo's pixels go into; see `decoder.Result`."""

from __future__ import annotations

import json
import mmap
from typing import IO, TYPE_CHECKING, Any, Final, cast

from participants.imaging.formats import HEADER

if TYPE_CHECKING:
    from PIL import Image

WINDOW: Final = 8 * 2**20  # bytes of the memory that are looked at together: address space is dear


class Memory:
    """`room` bytes for pixels and `HEADER` for a line of JSON, in an open file of that size."""

    def __init__(self, file: int, room: int) -> None:
        self._file, self._room = file, room
        self._window: mmap.mmap | None = None
        self._at = self._skip = 0

    def tell_of(self, header: dict[str, Any]) -> None:
        """Write what is said of the photo."""
        with mmap.mmap(self._file, HEADER, offset=self._room) as line:
            line.write(json.dumps(header).encode() + b"\n")

    def take(self, photo: Image.Image) -> None:
        """Write an RGB picture's pixels, row by row, 3 bytes each, from the first byte on."""
        # Pillow writes a PPM a few rows at a time: some text, then just these bytes.
        self._skip = len(b"P6\n%d %d\n255\n" % photo.size)
        photo.save(cast("IO[bytes]", self), "PPM")
        if self._window is not None:
            self._window.close()

    def write(self, data: bytes) -> int:
        """Append bytes; what is to be skipped is dropped."""
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        rest = memoryview(data)[skipped:]
        while rest:
            window, begins = self._open()
            part = rest[: len(window) - begins]
            window[begins : begins + len(part)] = part
            self._at += len(part)
            rest = rest[len(part) :]
        return len(data)

    def _open(self) -> tuple[mmap.mmap, int]:
        """Return the window that the next byte goes into, and where in it."""
        begins = self._at % WINDOW
        if begins == 0 or self._window is None:
            if self._window is not None:
                self._window.close()
            start = self._at - begins
            self._window = mmap.mmap(self._file, min(WINDOW, self._room - start), offset=start)
        return self._window, begins

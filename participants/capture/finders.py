"""Static files made from a package's: the landmark engine without the network that nobody uses.

`@mediapipe/face_mesh` packs four files into one of 4 MB. More than half of it is the attention
network, which `refineLandmarks` would switch on; neither phone nor server does. The rest is packed
anew, once, into ``VAR_DIR/engine``; a phone gets 2.2 MB less (docs/decisions/0016-engine.md).
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

from participants.imaging.face_files import (
    LOADER,
    PACKED,
    UNUSED,
    VERSION,
    FaceModelsMissing,
    packed_without,
)

PREFIX = "lib/face_mesh/plain/"
NAMES = (PACKED, LOADER)


class PlainEngineFinder(BaseFinder):
    """Finds the two files, and makes them where they are not there yet."""

    def check(self, **kwargs: Any) -> list[Any]:
        """Nothing can be wrong with it that the networks' own check does not tell."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> str | list[str]:  # type: ignore[override]
        """The path of one of the two files, an empty list where there is none."""
        name = path.removeprefix(PREFIX)
        if name not in NAMES or not path.startswith(PREFIX) or not (folder := made()):
            return []
        engine_file = str(folder / name)
        return [engine_file] if find_all else engine_file

    def list(
        self, ignore_patterns: Iterable[str] | None
    ) -> Iterator[tuple[str, FileSystemStorage]]:
        """Both files, for ``collectstatic``."""
        if folder := made():
            storage = FileSystemStorage(location=folder)
            storage.prefix = PREFIX  # type: ignore[attr-defined]
            for name in NAMES:
                yield name, storage


def made() -> Path | None:
    """The folder that holds both files, made now if need be; none without the package."""
    folder = Path(settings.VAR_DIR) / "engine" / VERSION
    if all((folder / name).exists() for name in NAMES):
        return folder
    try:
        packed, loader = packed_without(settings.FACE_ASSETS, UNUSED)
    except FaceModelsMissing:
        return None  # a system check tells it (``participants.capture.checks``)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ((PACKED, packed), (LOADER, loader.encode())):
        begun = folder / f"{name}.{os.getpid()}"
        begun.write_bytes(content)
        begun.replace(folder / name)
    return folder

"""The two face networks of MediaPipe, read out of the npm package that the phone's page uses too.

`@mediapipe/face_mesh` 0.4.1633559619 (Apache-2.0) packs its files into one `.data` file; its loader
script holds their offsets. Only this version will do: each network is checked against its SHA-256,
so the phone and the server find the same points. They are
read here, without what runs them (`face_models`).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

VERSION: Final = "0.4.1633559619"
ASSETS_VARIABLE: Final = "GSH_FACE_ASSETS"
PACKED: Final = "face_mesh_solution_packed_assets.data"
LOADER: Final = "face_mesh_solution_packed_assets_loader.js"
DETECTOR: Final = "face_detection_short_range.tflite"
MESH: Final = "face_landmark.tflite"
SHA256: Final = {
    DETECTOR: "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
    MESH: "c603fa6149219a3e9487dc9abd7a0c24474c77263273d24868378cdf40aa26d1",
}
UNUSED: Final = "face_landmark_with_attention.tflite"  # more than half of what is packed


class FaceModelsMissing(RuntimeError):  # noqa: N818 - says what is the matter
    """The face networks are not installed, or are not the ones this code was checked with."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"{problem}. The face networks come with the npm package @mediapipe/face_mesh "
            f"{VERSION}: run `make setup` (or `npm ci`) in the project's folder, or set "
            f"{ASSETS_VARIABLE} to the folder of that package."
        )


def default_assets() -> Path:
    """Return the package's folder: the environment's choice, else node_modules of this project."""
    chosen = os.environ.get(ASSETS_VARIABLE)
    return Path(chosen) if chosen else _project() / "node_modules/@mediapipe/face_mesh"


def _project() -> Path:
    return Path(__file__).resolve().parents[2]


def read_network(assets: Path, name: str) -> bytes:
    """Cut one network out of the packed assets.

    Raises FaceModelsMissing when it is not there or its SHA-256 is not the known one.
    """
    network = _unpacked(assets, {name})[0].get(name)
    if network is None:
        raise FaceModelsMissing(f"{assets} does not list {name}")
    if hashlib.sha256(network).hexdigest() != SHA256[name]:
        raise FaceModelsMissing(f"{name} in {assets} is not the one this project was checked with")
    return network


def packed_without(assets: Path, name: str) -> tuple[bytes, str]:
    """The packed assets without one of their files, and the loader that unpacks the rest.

    Raises FaceModelsMissing when they are not there, or do not hold it and the two networks.
    """
    files, loader, listed = _unpacked(assets)
    if missing := {name, DETECTOR, MESH} - files.keys():
        raise FaceModelsMissing(f"{assets} does not list {', '.join(sorted(missing))}")
    packed, entries = b"", []
    for entry in listed["files"]:
        content = files[Path(entry["filename"]).name]
        if Path(entry["filename"]).name != name:
            end = len(packed) + len(content)
            entries.append({**entry, "start": len(packed), "end": end})
            packed += content
    contents = {**listed, "files": entries, "remote_package_size": len(packed)}
    return packed, loader.replace(json.dumps(listed), json.dumps(contents))


Listed = dict[str, Any]  # what the loader says of the packed files: their names and places


def _unpacked(assets: Path, wanted: Collection[str] = ()) -> tuple[dict[str, bytes], str, Listed]:
    """Name → content of the packed files (of those ``wanted``), the loader, what it lists."""
    try:
        loader = (assets / LOADER).read_text(encoding="utf-8")
        match = re.search(r"loadPackage\((\{.*\})\);", loader)
        listed: Listed = json.loads(match[1]) if match else {"files": []}
        files = {}
        with (assets / PACKED).open("rb") as packed:
            for entry in listed["files"]:
                name = Path(entry["filename"]).name
                if not wanted or name in wanted:
                    packed.seek(entry["start"])
                    files[name] = packed.read(entry["end"] - entry["start"])
    except OSError as error:
        raise FaceModelsMissing(f"No face networks in {assets}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise FaceModelsMissing(f"{assets} lists its networks in a way not known") from error
    return files, loader, listed

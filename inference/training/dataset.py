"""Crops of generated faces with their severities, drawn by many processes and kept on disk.

A crop is cut by the very functions that scoring uses and kept as it was photographed, with its skin
and what the recipe needs to know, so that every recipe trains on the same photos. Its label for a
condition is the photo's severity where the condition is read in that region (`READINGS`), else
unknown. Shards lie under `var/training/` in a folder named after what decides their content, so a
run can stop and go on, and what was drawn once is not drawn again. After a change of the generator
delete the folder: its source is not part of the name, but each shard remembers its hash.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.pipeline.assessed import CONDITIONS, REGION_CODES
from inference.pipeline.regions import RegionCrop, find_regions
from inference.pipeline.score import measure_context
from inference.pipeline.steps import RecipeContext
from inference.training.crops import CLOSE_UP, READ, Crops, prepared
from inference.training.examples import DIFFICULTIES, draw_example, jittered
from inference.training.generator.camera import Difficulty
from inference.training.generator.face import GeneratedPhoto
from inference.training.generator.splits import Split
from inference.training.real_faces.phone import sample_phone, shoot
from inference.training.repeats import visit_photos

__all__ = [
    "CLOSE_UP",
    "READ",
    "REGION_CODES",
    "Crops",
    "Settings",
    "crops_of",
    "crops_of_photos",
    "draw_shards",
    "load_crops",
    "prepared",
    "repeated_crops",
]

CACHE = Path(__file__).resolve().parents[2] / "var" / "training"
GENERATOR = Path(__file__).with_name("generator")
PHOTOS_PER_SHARD = 20


@dataclass(frozen=True)
class Settings:
    """What decides the crops drawn."""

    size: int = 128
    window_mm: float = 40.0
    difficulty: Difficulty | None = None  # None: mixed, as in training
    landmarks: str = "jittered"  # or "true", or "found" by the product's own face finder
    phones: bool = False  # through one of the phones of `real_faces.phone` as well

    def named(self) -> dict[str, Any]:
        """Return what names the folder; what is left as it always was is not part of the name."""
        given = asdict(self)
        return given if self.phones else {k: v for k, v in given.items() if k != "phones"}


def generator_sha256() -> str:
    """Return a hash over the generator's source, so a card can name what drew its data."""
    digest = hashlib.sha256()
    for path in sorted(GENERATOR.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


# As imported, so that an edit while photos are drawn does not pass for what drew them.
GENERATOR_SHA256 = generator_sha256()


def folder_of(settings: Settings, cache: Path = CACHE) -> Path:
    """Return the folder of these settings' shards."""
    text = json.dumps(settings.named(), sort_keys=True)
    return cache / hashlib.sha256(text.encode()).hexdigest()[:16]


Locate = Callable[[GeneratedPhoto, np.random.Generator], NDArray[np.float32] | None]


def _true(photo: GeneratedPhoto, rng: np.random.Generator) -> NDArray[np.float32] | None:
    del rng
    return photo.landmarks


def _jittered(photo: GeneratedPhoto, rng: np.random.Generator) -> NDArray[np.float32] | None:
    return jittered(photo.landmarks, rng)


def _finder() -> Locate:
    from participants.imaging.face import FaceFinder  # opens two networks

    finder = FaceFinder()

    def locate(photo: GeneratedPhoto, rng: np.random.Generator) -> NDArray[np.float32] | None:
        del rng
        faces = finder.find_faces(photo.pixels)
        return faces[0].landmarks if faces else None

    return locate


def crops_of(split: Split, indices: range, settings: Settings) -> Crops:
    """Draw these photos of a split and cut their crops."""
    return crops_of_photos(
        (draw_example(split, index, settings.difficulty) for index in indices), settings
    )


def crops_of_photos(
    drawn: Iterable[tuple[GeneratedPhoto, Difficulty]], settings: Settings
) -> Crops:
    """Cut the crops of drawn photos, each given with its camera's difficulty."""
    cv2.setNumThreads(1)
    locate = {"true": lambda: _true, "jittered": lambda: _jittered, "found": _finder}
    find = locate[settings.landmarks]()
    cut: list[list[RegionCrop]] = []
    contexts: list[RecipeContext] = []
    photos: list[GeneratedPhoto] = []
    kinds: list[int] = []
    lost = 0
    for photo, kind in drawn:
        if settings.phones:
            seed = photo.identity.seed
            phone = sample_phone(np.random.default_rng([seed, 23]))
            photo = replace(photo, pixels=shoot(photo.pixels, phone, seed))
        points = find(photo, np.random.default_rng([photo.identity.seed, 21]))
        if points is None:
            lost += 1
            continue
        regions = find_regions(
            photo.pixels, points, photo.view, size=settings.size, window_mm=settings.window_mm
        )
        contexts.append(measure_context(photo.pixels, points, regions.crops))
        cut.append(regions.crops)
        photos.append(photo)
        kinds.append(DIFFICULTIES.index(kind))
    return Crops(
        **stacked(cut, contexts, settings.size),
        severity=np.array([[p.severities[c] for c in CONDITIONS] for p in photos], np.float32),
        fitzpatrick=np.array([p.identity.fitzpatrick for p in photos], np.int64),
        identity=np.array([p.identity.seed for p in photos], np.int64),
        lost=lost,
        generators=(GENERATOR_SHA256,),
        monk=np.array([p.identity.monk for p in photos], np.int64),
        difficulty=np.array(kinds, np.int64),
    )


def stacked(
    cut: Sequence[Sequence[RegionCrop]], contexts: Sequence[RecipeContext], size: int
) -> dict[str, Any]:
    """Return the arrays of `Crops` that are per crop, of the crops and contexts of each photo."""
    crops = [(crop, photo) for photo, crops in enumerate(cut) for crop in crops]
    unknown = (np.nan, np.nan, np.nan)
    shape = (len(crops), size, size)
    pixels, skin = np.zeros((*shape, 3), np.uint8), np.zeros(shape, np.bool_)
    for k, (crop, _) in enumerate(crops):
        pixels[k], skin[k] = crop.pixels, crop.skin
    seen = [contexts[photo] for _, photo in crops]
    regions = [REGION_CODES.index(c.region) if c.region else CLOSE_UP for c, _ in crops]
    gains = np.array([c.light_gains or unknown for c in seen], np.float32)
    colour = np.array([c.colour_noise or unknown[:2] for c in seen], np.float32)
    return {
        "pixels": pixels,
        "skin": skin,
        "noise": np.array([c.noise_sigma or 0.0 for c in seen], np.float32),
        "gains": gains.reshape(-1, 3),
        "colour_noise": colour.reshape(-1, 2),
        "region": np.array(regions, np.int64),
        "photo": np.array([photo for _, photo in crops], np.int64),
        "area": np.array([crop.area_mm2 for crop, _ in crops], np.float32),
    }


def _shard_path(folder: Path, split: Split, number: int) -> Path:
    return folder / f"{split}-{number:05d}.npz"


def write_shard(path: Path, crops: Crops) -> None:
    """Write crops to one file, whole or not at all."""
    part = path.with_suffix(".part")
    values = {name: getattr(crops, name) for name in crops.__dataclass_fields__}
    values["skin"] = np.packbits(crops.skin, axis=-1)
    with part.open("wb") as file:
        np.savez(file, **values)
    part.replace(path)


def read_shards(paths: Sequence[Path]) -> Crops:
    """Read crops from files of `write_shard`, one after the other. Raises FileNotFoundError."""
    parts: list[dict[str, NDArray[Any]]] = []
    seen = 0
    for path in paths:
        with np.load(path, allow_pickle=False) as stored:
            part = {name: stored[name] for name in stored.files}
        size = part["pixels"].shape[2]
        part["skin"] = np.unpackbits(part["skin"], axis=-1, count=size).astype(np.bool_)
        part["photo"] = part["photo"] + np.int64(seen)
        seen += len(part["severity"])
        parts.append(part)
    lost = sum(int(part.pop("lost")) for part in parts)
    generators = {str(name) for part in parts for name in part.pop("generators")}
    # Shards written before a field with a default was added have none of it.
    names = [name for name in parts[0] if all(name in part for part in parts)]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in names}
    return Crops(**joined, lost=lost, generators=tuple(sorted(generators)))


def _draw_shard(split: Split, number: int, settings: Settings, folder: Path) -> int:
    first = number * PHOTOS_PER_SHARD
    crops = crops_of(split, range(first, first + PHOTOS_PER_SHARD), settings)
    write_shard(_shard_path(folder, split, number), crops)
    return number


def repeated_crops(
    split: Split, people: int, repeats: int, settings: Settings, *, cache: Path = CACHE
) -> Crops:
    """Photograph people of a split again and again (`repeats.py`), drawing what is missing.

    Their skin is the same in each of the `repeats` photos; pose, light, room and camera are not.
    A person's photos are a file each time, so what was cut short goes on where it stopped.
    """
    kind: Difficulty = settings.difficulty or "typical"
    folder = folder_of(settings, cache)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{split}-again-{index:05d}-{repeats}.npz" for index in range(people)]
    for index, path in enumerate(paths):
        if not path.exists():
            photos = visit_photos(split, index, repeats, difficulty=kind)
            write_shard(path, crops_of_photos(((photo, kind) for photo in photos), settings))
    return read_shards(paths)


def _lower_priority() -> None:
    os.nice(max(0, 10 - os.nice(0)))


def draw_shards(
    split: Split, photos: int, settings: Settings, *, workers: int = 1, cache: Path = CACHE
) -> Iterator[int]:
    """Draw the shards still missing for that many photos, giving each number as it is done.

    The processes run at low priority with one thread each.
    """
    folder = folder_of(settings, cache)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.json").write_text(json.dumps(asdict(settings), indent=1), encoding="utf-8")
    wanted = range(-(-photos // PHOTOS_PER_SHARD))
    missing = [k for k in wanted if not _shard_path(folder, split, k).exists()]
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if workers <= 1:
        yield from (_draw_shard(split, number, settings, folder) for number in missing)
        return
    with ProcessPoolExecutor(workers, initializer=_lower_priority) as pool:
        jobs = [pool.submit(_draw_shard, split, k, settings, folder) for k in missing]
        for job in as_completed(jobs):
            yield job.result()


def load_crops(split: Split, photos: int, settings: Settings, *, cache: Path = CACHE) -> Crops:
    """Load the shards of that many photos. Raises FileNotFoundError when one is missing."""
    folder = folder_of(settings, cache)
    numbers = range(-(-photos // PHOTOS_PER_SHARD))
    return read_shards([_shard_path(folder, split, number) for number in numbers])

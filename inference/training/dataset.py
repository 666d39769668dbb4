"""Region crops of generated faces with their grades, drawn by many processes and kept on disk.

A crop is cut, cleaned and filled by the very functions that scoring uses. Its label for a
condition is the photo's severity where the condition is read in that region (`READINGS`), else
unknown. Shards lie under `var/training/` in a folder named after what decides their content, so a
run can stop and go on, and what was drawn once is not drawn again. After a change of the generator
delete the folder: its source is not part of the name, but each shard remembers its hash.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.pipeline.anatomy import CONDITIONS, GRADES, READINGS, REGIONS
from inference.pipeline.recipe import get_recipe
from inference.pipeline.regions import face_scale, find_regions
from inference.pipeline.score import clean_crops, measure_context
from inference.training.generator.camera import Difficulty, sample_camera
from inference.training.generator.conditions import sample_severities
from inference.training.generator.face import GeneratedPhoto, View, draw_photo
from inference.training.generator.identity import sample_identity
from inference.training.generator.splits import Split, camera_seed, identity_seed

CACHE = Path(__file__).resolve().parents[2] / "var" / "training"
GENERATOR = Path(__file__).with_name("generator")
PHOTOS_PER_SHARD = 20
REGION_CODES = tuple(REGIONS)
# Photo heights drawn; the crops have about 3.2 pixels a millimetre, the least height 3.3.
TRAIN_HEIGHTS = (960, 960, 960, 1200)
VIEW_SHARES: dict[View, float] = {"front": 0.7, "left": 0.15, "right": 0.15}
# None, mild, moderate, severe in training: all grades often enough to be learnt.
TRAIN_GRADES = (0.4, 0.2, 0.2, 0.2)
GRADE_EDGES = (0.0, 1 / 6, 1 / 2, 5 / 6, 1.0)
TRAIN_DIFFICULTY = (0.3, 0.5, 0.2)  # good, typical, poor

# READ[region, condition]: whether the label holds there.
READ = np.array(
    [[region in READINGS[c].regions for c in CONDITIONS] for region in REGION_CODES], np.bool_
)


@dataclass(frozen=True)
class Settings:
    """What decides the crops drawn."""

    size: int = 128
    window_mm: float = 40.0
    recipe: str = "standard@1"
    difficulty: Difficulty | None = None  # None: mixed, as in training
    landmarks: str = "jittered"  # or "true", or "found" by the product's own face finder


@dataclass(frozen=True)
class Crops:
    """Crops of many photos: N crops of P photos."""

    pixels: NDArray[np.uint8]  # (N, S, S, 3) cleaned and filled
    region: NDArray[np.int64]  # (N,) index into REGION_CODES
    photo: NDArray[np.int64]  # (N,) row of the arrays below
    area: NDArray[np.float32]  # (N,) skin in mm²
    severity: NDArray[np.float32]  # (P, 8) true severities 0 to 1, in the order of CONDITIONS
    fitzpatrick: NDArray[np.int64]  # (P,) 1 to 6
    identity: NDArray[np.int64]  # (P,) seed
    lost: int = 0  # photos in which no face was found
    generators: tuple[str, ...] = ()  # hashes of the generator's source that drew them

    @property
    def grade(self) -> NDArray[np.int64]:
        """(N, 8) grades 0 to 3, -1 where the condition is not read in the crop's region."""
        whole = np.floor(3 * self.severity + 0.5).astype(np.int64)[self.photo]
        return np.where(READ[self.region], whole, -1)


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
    key = {**asdict(settings), "recipe_sha256": get_recipe(settings.recipe).sha256}
    text = json.dumps(key, sort_keys=True)
    return cache / hashlib.sha256(text.encode()).hexdigest()[:16]


def train_severities(rng: np.random.Generator) -> dict[str, float]:
    """Return severities whose grades come as often as `TRAIN_GRADES` says, even within a grade."""
    drawn = rng.choice(len(GRADES), size=len(CONDITIONS), p=TRAIN_GRADES)
    return {
        condition: float(rng.uniform(GRADE_EDGES[grade], GRADE_EDGES[grade + 1]))
        for condition, grade in zip(CONDITIONS, drawn, strict=True)
    }


def draw_example(split: Split, index: int, settings: Settings) -> GeneratedPhoto:
    """Draw photo number `index` of a split: its own identity, camera, view and severities."""
    camera_at = camera_seed(split, index)
    rng = np.random.default_rng([camera_at, 20])
    view: View = rng.choice(get_args(View), p=[VIEW_SHARES[v] for v in get_args(View)])
    train = split == "train"
    severities = train_severities(rng) if train else sample_severities(rng)
    kinds: tuple[Difficulty, ...] = get_args(Difficulty)
    difficulty = settings.difficulty or kinds[rng.choice(3, p=TRAIN_DIFFICULTY)]
    height = int(rng.choice(TRAIN_HEIGHTS)) if train else 1440
    return draw_photo(
        sample_identity(identity_seed(split, index), fitzpatrick=1 + index % 6),
        severities,
        view=view,
        seed=camera_at,
        camera=sample_camera(camera_at, difficulty=difficulty),
        width=height * 3 // 4,
        height=height,
    )


def jittered(landmarks: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return landmarks as a finder might give them: shifted, turned, scaled and shaken a little."""
    points = landmarks[:, :2].astype(np.float64)
    mm = face_scale(landmarks)
    middle = points.mean(axis=0)
    angle, scale = np.radians(rng.normal(0, 2.0)), 1 + rng.normal(0, 0.025)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = (points - middle) @ turn.T + middle + rng.normal(0, 1.2 * mm, 2)
    return np.asarray(moved + rng.normal(0, 0.4 * mm, points.shape), np.float32)


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
    cv2.setNumThreads(1)
    locate = {"true": lambda: _true, "jittered": lambda: _jittered, "found": _finder}
    find = locate[settings.landmarks]()
    recipe = get_recipe(settings.recipe)
    pixels: list[NDArray[np.uint8]] = []
    rows: list[tuple[int, int, float]] = []
    photos: list[GeneratedPhoto] = []
    for index in indices:
        photo = draw_example(split, index, settings)
        points = find(photo, np.random.default_rng([photo.identity.seed, 21]))
        if points is None:
            continue
        found = find_regions(
            photo.pixels, points, photo.view, size=settings.size, window_mm=settings.window_mm
        )
        context = measure_context(photo.pixels, points, found.crops)
        pixels.append(clean_crops(found.crops, recipe, context, settings.size))
        rows += [(REGION_CODES.index(c.region), len(photos), c.area_mm2) for c in found.crops]
        photos.append(photo)
    return Crops(
        pixels=np.concatenate(pixels),
        region=np.array([row[0] for row in rows], np.int64),
        photo=np.array([row[1] for row in rows], np.int64),
        area=np.array([row[2] for row in rows], np.float32),
        severity=np.array([[p.severities[c] for c in CONDITIONS] for p in photos], np.float32),
        fitzpatrick=np.array([p.identity.fitzpatrick for p in photos], np.int64),
        identity=np.array([p.identity.seed for p in photos], np.int64),
        lost=len(indices) - len(photos),
        generators=(GENERATOR_SHA256,),
    )


def _shard_path(folder: Path, split: Split, number: int) -> Path:
    return folder / f"{split}-{number:05d}.npz"


def _write_shard(split: Split, number: int, settings: Settings, folder: Path) -> int:
    path = _shard_path(folder, split, number)
    first = number * PHOTOS_PER_SHARD
    crops = crops_of(split, range(first, first + PHOTOS_PER_SHARD), settings)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, **{name: getattr(crops, name) for name in crops.__dataclass_fields__})
    part.replace(path)
    return number


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
        yield from (_write_shard(split, number, settings, folder) for number in missing)
        return
    with ProcessPoolExecutor(workers, initializer=_lower_priority) as pool:
        jobs = [pool.submit(_write_shard, split, k, settings, folder) for k in missing]
        for job in as_completed(jobs):
            yield job.result()


def load_crops(split: Split, photos: int, settings: Settings, *, cache: Path = CACHE) -> Crops:
    """Load the shards of that many photos. Raises FileNotFoundError when one is missing."""
    folder = folder_of(settings, cache)
    parts: list[dict[str, NDArray[np.generic]]] = []
    seen = 0
    for number in range(-(-photos // PHOTOS_PER_SHARD)):
        with np.load(_shard_path(folder, split, number), allow_pickle=False) as stored:
            part = {name: stored[name] for name in stored.files}
        part["photo"] = part["photo"] + np.int64(seen)
        seen += len(part["severity"])
        parts.append(part)
    lost = sum(int(part.pop("lost")) for part in parts)
    generators = {str(name) for part in parts for name in part.pop("generators")}
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Crops(**joined, lost=lost, generators=tuple(sorted(generators)))

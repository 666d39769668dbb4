"""Pairs of crops on disk, cut by the functions scoring uses, as photographed: any recipe fits.

Each shard is three files: the crops of the first photographs, those of the second, row by row the
same places, and what binds them. The folder's `source.json` names set, licence and what was agreed,
and what the shards were made of.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.regions import RegionCrop, find_regions
from inference.pipeline.score import measure_context
from inference.pipeline.steps import RecipeContext
from inference.training.crops import Crops
from inference.training.dataset import read_shards, stacked, write_shard
from inference.training.generator.noise import Field
from inference.training.generator.tones import FITZPATRICK_ITA
from inference.training.real_faces.errors import PhotographsRefused
from inference.training.real_faces.labels import Interval, as_arrays
from inference.training.real_faces.people import Part
from inference.training.real_faces.scenes import KINDS, Scene

SOURCE = "source.json"
SIDES = ("first", "second")


@dataclass(frozen=True)
class Pairs:
    """N crops of P pairs of photographs; `first` and `second` are row by row the same places."""

    first: Crops
    second: Crops
    seen: NDArray[np.float32]  # (N, 8) how much of what is painted lies in the crop, 1 its mean
    step: NDArray[np.float32]  # (P, 8) severity painted in the second beyond the first
    painted: NDArray[np.float32]  # (P, 8) severity painted in the second
    held: NDArray[np.bool_]  # (P, 8) whose scores must be alike
    kind: NDArray[np.int64]  # (P,) index into KINDS

    @property
    def photo(self) -> NDArray[np.int64]:
        """(N,) which pair each crop is of."""
        return self.first.photo


PER_PAIR = ("seen", "step", "painted", "held", "kind")


@dataclass(frozen=True)
class CutPair:
    """One scene's crops, the same places in both, and how much of what is painted lies in each."""

    crops: tuple[list[RegionCrop], list[RegionCrop]]
    contexts: tuple[RecipeContext, RecipeContext]
    seen: NDArray[np.float32]


def cut_pair(
    scene: Scene, landmarks: NDArray[np.float32], *, size: int, window_mm: float
) -> CutPair:
    """Cut both photographs of a scene by the same landmarks; places only one shows are left out."""
    by_side = []
    contexts = []
    for pixels in (scene.first, scene.second):
        regions = find_regions(pixels, landmarks, "front", size=size, window_mm=window_mm)
        by_side.append({(crop.region, crop.tile): crop for crop in regions.crops})
        contexts.append(measure_context(pixels, landmarks, regions.crops))
    both = [place for place in by_side[0] if place in by_side[1]]
    crops = tuple([side[place] for place in both] for side in by_side)
    seen = [seen_in(crop, scene.amount) for crop in crops[1]]
    return CutPair(
        (crops[0], crops[1]),
        (contexts[0], contexts[1]),
        np.array(seen, np.float32).reshape(-1, len(CONDITIONS)),
    )


def seen_in(crop: RegionCrop, amount: dict[str, Field]) -> NDArray[np.float32]:
    """Return how much of each painted condition lies on a crop's skin, (8,), 1 the mean."""
    out = np.zeros(len(CONDITIONS), np.float32)
    side = (crop.pixels.shape[1], crop.pixels.shape[0])
    for condition, field in amount.items():
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        there = np.asarray(cv2.warpAffine(field, crop.to_photo, side, flags=flags))
        out[CONDITIONS.index(condition)] = float(there[crop.skin].mean())
    return out


def fitzpatrick_of(ita: float) -> int:
    """Return the type (1 to 6) whose band of typology angles holds this one, the generator's."""
    return next((t for t, (_, low) in FITZPATRICK_ITA.items() if ita >= low), 6)


def crops_from(
    cut: Sequence[Sequence[RegionCrop]],
    contexts: Sequence[RecipeContext],
    labels: Sequence[dict[str, Interval]],
    *,
    people: Sequence[int],
    itas: Sequence[float],
    size: int,
) -> Crops:
    """Return photographs' crops with their intervals as labels."""
    arrays = [as_arrays(label) for label in labels]
    blank = np.zeros((0, len(CONDITIONS)), np.float32)
    return Crops(
        **stacked(cut, contexts, size),
        severity=np.stack([a for a, _ in arrays]) if arrays else blank,
        fitzpatrick=np.array([fitzpatrick_of(ita) for ita in itas], np.int64),
        identity=np.array(people, np.int64),
        spread=np.stack([b for _, b in arrays]) if arrays else blank,
    )


def pairs_from(
    scenes: Sequence[Scene],
    cut: Sequence[CutPair],
    *,
    people: Sequence[int],
    itas: Sequence[float],
    size: int,
) -> Pairs:
    """Return scenes and their crops as one shard."""
    first, second = (
        crops_from(
            [pair.crops[side] for pair in cut],
            [pair.contexts[side] for pair in cut],
            [scene.labels[side] for scene in scenes],
            people=people, itas=itas, size=size,
        )
        for side in range(2)
    )  # fmt: skip
    held = [[c in scene.held for c in CONDITIONS] for scene in scenes]
    return Pairs(
        first, second,
        seen=np.concatenate([pair.seen for pair in cut]),
        step=np.array([[s.step.get(c, 0.0) for c in CONDITIONS] for s in scenes], np.float32),
        painted=np.array([[s.painted.get(c, 0.0) for c in CONDITIONS] for s in scenes], np.float32),
        held=np.array(held, np.bool_),
        kind=np.array([KINDS.index(scene.kind) for scene in scenes], np.int64),
    )  # fmt: skip


def shard_path(folder: Path, part: Part, number: int) -> Path:
    """Return the file whose presence says that a shard is complete."""
    return folder / f"{part}-{number:05d}-pairs.npz"


def write_pairs(path: Path, pairs: Pairs) -> None:
    """Write a shard; its last file, which makes it complete, comes whole or not at all."""
    for side in SIDES:
        write_shard(_side(path, side), getattr(pairs, side))
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, allow_pickle=False, **{n: getattr(pairs, n) for n in PER_PAIR})
    part.replace(path)


def _side(path: Path, side: str) -> Path:
    return path.with_name(path.name.replace("-pairs", f"-{side}"))


def read_pairs(folder: Path, part: Part) -> Pairs:
    """Read all complete shards of a part. Raises PhotographsRefused when there are none."""
    paths = sorted(folder.glob(f"{part}-[0-9]*-pairs.npz"))
    if not paths:
        raise PhotographsRefused(
            f"{folder} holds no pairs of the {part} part: make them first with "
            "python -m inference.training.real_faces.build"
        )
    bound: dict[str, list[NDArray[Any]]] = {name: [] for name in PER_PAIR}
    for path in paths:
        with np.load(path, allow_pickle=False) as stored:
            for name in PER_PAIR:
                bound[name].append(stored[name])
    sides = {side: read_shards([_side(path, side) for path in paths]) for side in SIDES}
    joined = {name: np.concatenate(arrays) for name, arrays in bound.items()}
    return Pairs(sides["first"], sides["second"], **joined)


def read_source(folder: Path) -> dict[str, Any]:
    """Return what `source.json` says. Raises PhotographsRefused where there is none."""
    path = folder / SOURCE
    if not path.exists():
        raise PhotographsRefused(f"{folder} holds no pairs of real faces: there is no {SOURCE}")
    source: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return source


def require_same(folder: Path, source: dict[str, Any]) -> None:
    """Write `source.json`, or refuse a folder made of other photographs or otherwise.

    Raises PhotographsRefused.
    """
    path = folder / SOURCE
    if path.exists():
        before = read_source(folder)
        other = [name for name in source if before.get(name) != source[name]]
        if other:
            raise PhotographsRefused(
                f"{folder} was made of other photographs or otherwise ({', '.join(other)}). "
                "Give another folder, or delete this one."
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(source, indent=1) + "\n", encoding="utf-8")

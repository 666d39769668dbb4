"""Do an import: plan it, cut the pictures shard by shard, tell what came of it.

An import that stopped goes on where it was: shards are written whole or not at all, and what
decides their content is kept beside them, so another card or changed pictures never mix in.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.assessed import CONDITIONS
from inference.training.crops import Crops
from inference.training.dataset import stacked, write_shard
from inference.training.importers.card import MappingCard
from inference.training.importers.errors import ImportRefused
from inference.training.importers.folder import SOURCE, near_copies, summary_of
from inference.training.importers.labels import Labels, Problem
from inference.training.importers.listing import Item, Listing, list_pictures
from inference.training.importers.parts import SPLITS
from inference.training.importers.pictures import (
    CutPicture,
    NotUsable,
    Pixels,
    cut_pixels,
    decode_picture,
)
from participants.imaging.face import FaceFinder

VERSION = 1  # of what an import makes of the same card and pictures
PLAN = "plan.json"
PICTURES_PER_SHARD = 50
# What `--strict` lets pass: left out on purpose, or of no use here, but not a mistake.
HARMLESS = frozenset(
    {
        "no-label",
        "duplicate",
        "no-face",
        "several-faces",
        "no-region",
        "too-small",
        "too-few-readers",
    }
)


@dataclass(frozen=True)
class Plan:
    """What is to be cut and written where."""

    card: MappingCard
    folder: Path
    out: Path
    listing: Listing
    size: int = 128
    window_mm: float = 40.0

    @property
    def shards(self) -> list[tuple[str, int, list[Item]]]:
        """(split, number, pictures), in an order that the same data always gives."""
        out = []
        for split in SPLITS:
            items = sorted((i for i in self.listing.items if i.split == split), key=_by_image)
            for number, first in enumerate(range(0, len(items), PICTURES_PER_SHARD)):
                out.append((split, number, items[first : first + PICTURES_PER_SHARD]))
        return out

    @property
    def digest(self) -> str:
        """SHA-256 over all that decides the shards."""
        parts = [VERSION, self.card.sha256, self.size, self.window_mm]
        rows = [asdict(item) for _, _, items in self.shards for item in items]
        return hashlib.sha256(json.dumps([parts, rows], sort_keys=True).encode()).hexdigest()


def _by_image(item: Item) -> str:
    return item.image


def plan_import(
    card: MappingCard,
    folder: Path,
    out: Path,
    *,
    size: int = 128,
    window_mm: float = 40.0,
    strict: bool = False,
) -> Plan:
    """Read tables and hash pictures; nothing is written. Raises ImportRefused."""
    listing = list_pictures(card, folder)
    if strict:
        refuse_problems(listing.problems)
    return Plan(card, folder, out, listing, size, window_mm)


def refuse_problems(problems: Sequence[Problem], near: Sequence[str] = ()) -> None:
    """Raise ImportRefused when there is more than the harmless, naming the first few."""
    lines = [f"{p.place}: {p.message}" for p in problems if p.reason not in HARMLESS] + list(near)
    if lines:
        more = f"\n… and {len(lines) - 10} more" if len(lines) > 10 else ""
        raise ImportRefused("\n".join([f"{len(lines)} problems:", *lines[:10]]) + more)


def start_import(plan: Plan) -> None:
    """Make the folder, or find the same import in it. Raises ImportRefused for another one."""
    plan.out.mkdir(parents=True, exist_ok=True)
    marker = plan.out / PLAN
    if marker.exists():
        kept = json.loads(marker.read_text(encoding="utf-8"))
        if kept["digest"] != plan.digest:
            raise ImportRefused(
                f"{plan.out} holds an import of another card, other pictures or other settings. "
                "Delete it, or name another folder with --out."
            )
        return
    if any(plan.out.iterdir()):
        raise ImportRefused(f"{plan.out} is not empty and holds no import: name another folder")
    marker.write_text(json.dumps({"digest": plan.digest}), encoding="utf-8")


def cut_all(plan: Plan, *, workers: int = 2, finder: FaceFinder | None = None) -> Iterator[int]:
    """Cut what is missing, giving how many pictures each finished shard stands for.

    Decoding is done `workers` pictures at a time, each in a process of its own.
    """
    finder = finder or FaceFinder()
    for split, number, items in plan.shards:
        path = plan.out / f"{split}-{number:05d}.npz"
        if not path.with_suffix(".json").exists():
            _cut_shard(plan, items, path, workers, finder)
        yield len(items)


def _cut_shard(
    plan: Plan, items: Sequence[Item], path: Path, workers: int, finder: FaceFinder
) -> None:
    cut: list[CutPicture] = []
    used: list[Item] = []
    problems: list[Problem] = []
    for item, job in _decoded(plan, items, workers):
        try:
            cut.append(
                cut_pixels(
                    job.result(),
                    item,
                    plan.card.picture,
                    size=plan.size,
                    window_mm=plan.window_mm,
                    finder=finder,
                )
            )
            used.append(item)
        except NotUsable as error:
            problems.append(Problem(error.reason, item.place, f"{item.image}: {error}"))
    if used:
        write_shard(path, _crops_of(plan, cut, used, lost=len(items) - len(used)))
    record = {
        "problems": [asdict(problem) for problem in problems],
        "looks": {
            item.image: np.packbits(piece.look).tobytes().hex()
            for item, piece in zip(used, cut, strict=True)
        },
        "crops": sum(len(piece.crops) for piece in cut),
    }
    _write_json(path.with_suffix(".json"), record)


def _decoded(
    plan: Plan, items: Sequence[Item], workers: int
) -> Iterator[tuple[Item, Future[Pixels]]]:
    """Give each picture with its pixels, few of them decoded ahead: a large one takes 37 MiB."""
    with ThreadPoolExecutor(workers) as pool:
        ahead: deque[tuple[Item, Future[Pixels]]] = deque()
        for item in items:
            path = plan.folder / item.image
            ahead.append((item, pool.submit(decode_picture, path, plan.card.picture)))
            if len(ahead) > workers:
                yield ahead.popleft()
        yield from ahead


def _write_json(path: Path, value: Any) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value, indent=1, ensure_ascii=False), encoding="utf-8")
    part.replace(path)


def _crops_of(plan: Plan, cut: Sequence[CutPicture], items: Sequence[Item], *, lost: int) -> Crops:
    low, high = bounds_of([item.labels for item in items])
    return Crops(
        **stacked([piece.crops for piece in cut], [piece.context for piece in cut], plan.size),
        severity=((low + high) / 2).astype(np.float32),
        spread=((high - low) / 2).astype(np.float32),
        fitzpatrick=np.array([item.fitzpatrick for item in items], np.int64),
        identity=np.array([identity_of(plan.card, item.person) for item in items], np.int64),
        lost=lost,
        monk=np.array([item.monk for item in items], np.int64),
    )


def bounds_of(labels: Sequence[Labels]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and highest severity (P, 8) labels allow, NaN where there is none."""
    unknown = (np.nan, np.nan)
    bounds = np.array([[label.get(c, unknown) for c in CONDITIONS] for label in labels])
    return bounds[..., 0], bounds[..., 1]


def identity_of(card: MappingCard, person: str) -> int:
    """Return a number for a person of a data set, the same on every machine."""
    digest = hashlib.sha256(f"{card.name}\0{person}".encode()).digest()
    return int.from_bytes(digest[:8]) >> 1


def finish_import(plan: Plan, *, strict: bool = False) -> dict[str, Any]:
    """Write `source.json` when every shard is there and return it. Raises ImportRefused."""
    records: list[tuple[str, dict[str, Any]]] = []
    for split, number, _ in plan.shards:
        text = (plan.out / f"{split}-{number:05d}.json").read_text(encoding="utf-8")
        records.append((split, json.loads(text)))
    cut = [Problem(**problem) for _, record in records for problem in record["problems"]]
    problems = [*plan.listing.problems, *cut]
    near = near_copies([(split, record["looks"]) for split, record in records])
    if strict:
        refuse_problems(problems, near)
    seen = {image for _, record in records for image in record["looks"]}
    source = {
        "version": VERSION,
        "digest": plan.digest,
        "size": plan.size,
        "window_mm": plan.window_mm,
        "crops": sum(record["crops"] for _, record in records),
        **summary_of(plan.card, plan.listing, seen, problems, near),
    }
    _write_json(plan.out / SOURCE, source)
    return source

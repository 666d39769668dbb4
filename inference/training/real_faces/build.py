"""Make pairs of crops of real photographs, painted and not, once, for all training runs.

python -m inference.training.real_faces.build --faces FOLDER --out var/training/real-faces

Goes on where it stopped; `--rounds` more makes further pairs of the same people. Part of the split:
train unless told otherwise. Reads no network but the face finder's, and needs no PyTorch.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from inference.pipeline.assessed import CONDITIONS
from inference.training.dataset import GENERATOR_SHA256
from inference.training.examples import jittered
from inference.training.real_faces.baselines import MEASURES, measured
from inference.training.real_faces.cache import (
    CutPair,
    cut_pair,
    pairs_from,
    require_same,
    shard_path,
    write_pairs,
)
from inference.training.real_faces.labels import MILD, Limits
from inference.training.real_faces.lending import Lender, lender
from inference.training.real_faces.paint import Canvased, canvased, linear_of, paint
from inference.training.real_faces.people import PARTS, Part, PeopleSet, number_of
from inference.training.real_faces.photographs import LocatedFace, Photograph, Photographs, locate
from inference.training.real_faces.scenes import Scene, Sitter, scene
from participants.imaging.face import FaceFinder

SCENES = 4  # pairs of each photograph in a round
LIMITS = "limits.json"
# What decides a pair; the commands, sheets and reports about it do not.
MODULES = (
    "people.json", "surface.py", "light.py", "layers.py", "paint.py", "lending.py", "over.py",
    "blemishes.py", "phone.py", "baselines.py", "labels.py", "scenes.py", "cache.py",
)  # fmt: skip


def painting_sha256() -> str:
    """Return a hash over the code that paints, lends, shoots and labels."""
    digest = hashlib.sha256(GENERATOR_SHA256.encode())
    for name in MODULES:
        digest.update(name.encode() + b"\0" + Path(__file__).with_name(name).read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Settings:
    """What decides the pairs besides the code."""

    faces: Path
    out: Path
    part: Part = "train"
    size: int = 128
    window_mm: float = 40.0


class Studio:
    """The photographs of one part, registered and unrolled as they are asked for.

    Raises PhotographsRefused.
    """

    def __init__(self, faces: Path, part: Part) -> None:
        cv2.setNumThreads(1)
        self.folder, self.finder = Photographs(faces), FaceFinder()
        self.photographs = self.folder.of(part)
        self.neutral = [
            photograph for photograph in self.photographs if photograph.expression == "neutral"
        ]
        self._lenders: dict[str, Lender] = {}

    def located(self, photograph: Photograph) -> LocatedFace | None:
        return locate(photograph, self.finder)

    def unrolled(self, photograph: Photograph, face: Canvased | None = None) -> Lender | None:
        """Return a photograph unrolled; None where no face is found in it."""
        if photograph.name not in self._lenders:
            if face is None:
                place = self.located(photograph)
                if place is None:
                    return None
                face = canvased(place)
            self._lenders[photograph.name] = lender(face)
        return self._lenders[photograph.name]

    def lend_from(self, rng: np.random.Generator, gender: str | None, *, but: str) -> Lender:
        """Return another person of the part, of this gender where one is asked for.

        Raises LookupError where there is nobody else.
        """
        others = [
            photograph
            for photograph in self.neutral
            if photograph.person.id != but and gender in {None, photograph.person.gender}
        ]
        for at in rng.permutation(len(others)):
            lender = self.unrolled(others[at])
            if lender is not None:
                return lender
        raise LookupError(f"nobody else of the set lends anything ({gender or 'anybody'})")


def find_limits(faces: Path, people: int | None = None) -> Limits:
    """Measure training people with each condition painted mildly, and set the limits.

    With `people` the first so many alone. Raises PhotographsRefused.
    """
    studio = Studio(faces, "train")
    mild: dict[str, list[float]] = {condition: [] for condition in CONDITIONS}
    for photograph in studio.neutral[:people]:
        located = studio.located(photograph)
        if located is None:
            continue
        face = canvased(located)
        for condition in CONDITIONS:
            pixels = paint(face, {condition: MILD}, seed=number_of(photograph.person.id)).pixels
            surface = replace(face.surface, linear=linear_of(pixels[face.surface.box]))
            again = lender(replace(face, surface=surface))
            mild[condition].append(MEASURES[condition](again))
    return Limits.of(mild)


def make_shard(number: int, settings: Settings, limits: Limits) -> int:
    """Make and write the pairs of one photograph in one round; nothing where no face is found."""
    studio = _studio(settings.faces, settings.part)
    photographs = studio.photographs
    round_, at = divmod(number, len(photographs))
    photograph = photographs[at]
    located = studio.located(photograph)
    if located is None:
        return number
    face = canvased(located)
    own = studio.unrolled(photograph, face)
    assert own is not None  # noqa: S101 - of a face that was given
    sitter = Sitter(face, own, limits.absent(measured(own)))
    scenes: list[Scene] = []
    cut: list[CutPair] = []
    for k in range(SCENES):
        rng = np.random.default_rng([number_of(photograph.person.id), at, round_, k])
        made = scene(sitter, rng, partial(studio.lend_from, but=photograph.person.id))
        points = jittered(located.landmarks, rng)
        pair = cut_pair(made, points, size=settings.size, window_mm=settings.window_mm)
        if pair.crops[0]:
            scenes.append(made)
            cut.append(pair)
    if scenes:
        pairs = pairs_from(
            scenes, cut, people=[number_of(photograph.person.id)] * len(scenes),
            itas=[face.ita] * len(scenes), size=settings.size,
        )  # fmt: skip
        write_pairs(shard_path(settings.out, settings.part, number), pairs)
    return number


_STUDIOS: dict[tuple[Path, Part], Studio] = {}


def _studio(faces: Path, part: Part) -> Studio:
    """One studio a process: what was unrolled once is lent again and again."""
    if (faces, part) not in _STUDIOS:
        _STUDIOS[faces, part] = Studio(faces, part)
    return _STUDIOS[faces, part]


def build(settings: Settings, *, rounds: int, workers: int = 1) -> Iterator[int]:
    """Make the shards that are missing, giving each number as it is done.

    Raises PhotographsRefused for a folder that is missing, or other than what lies in `out`.
    """
    folder = Photographs(settings.faces)
    require_same(settings.out, source_of(folder, settings))
    path = settings.out / LIMITS
    if not path.exists():
        find_limits(settings.faces).write(path)
    limits = Limits.read(path)
    wanted = range(rounds * len(folder.of(settings.part)))
    missing = [k for k in wanted if not shard_path(settings.out, settings.part, k).exists()]
    if workers <= 1:
        yield from (make_shard(number, settings, limits) for number in missing)
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with ProcessPoolExecutor(workers, initializer=_lower_priority) as pool:
        jobs = [pool.submit(make_shard, k, settings, limits) for k in missing]
        for job in as_completed(jobs):
            yield job.result()


def _lower_priority() -> None:
    os.nice(max(0, 10 - os.nice(0)))


def source_of(folder: Photographs, settings: Settings) -> dict[str, Any]:
    """Return what `source.json` says of the pairs."""
    return {
        "schema": "gsh-real-faces/1",
        **notice_of(folder.set),
        "photographs_sha256": folder.digest,
        "split_sha256": folder.set.digest,
        "painting_sha256": painting_sha256(),
        "size": settings.size,
        "window_mm": settings.window_mm,
        "pictures": len(folder.of(settings.part)),
        "people": len({photograph.person.id for photograph in folder.of(settings.part)}),
        "part": settings.part,
    }


def notice_of(people: PeopleSet) -> dict[str, Any]:
    """Return what has to be said wherever the set is named."""
    return {
        "name": people.name,
        "title": people.title,
        "authors": people.authors,
        "citation": people.citation,
        "licence": dict(people.licence, url=people.licence["url"]),
        "agreed": people.agreed,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faces", type=Path, required=True, help="the folder of photographs")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--part", choices=PARTS, default="train")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args(arguments)
    settings = Settings(given.faces, given.out, given.part)
    total = given.rounds * len(Photographs(given.faces).of(given.part))
    done = tqdm(total=total, unit="photograph", mininterval=5)
    for _ in build(settings, rounds=given.rounds, workers=given.workers):
        done.update()


if __name__ == "__main__":
    main()

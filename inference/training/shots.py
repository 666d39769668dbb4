"""Test people photographed again and again: what is judged of each photo, kept on disk as it goes.

Every person is drawn with one face and one set of severities: several times from the front by other
cameras of a typical phone, in other light and pose (for repeatability), and once from each side by
a good camera (to see whether good photos are kept). The people are of the test split, after those
whom `measure.crops_for` takes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np

from inference.pipeline.network import Network
from inference.pipeline.recipe import get_recipe
from inference.pipeline.score import score_face
from inference.training.generator.camera import Difficulty, sample_camera
from inference.training.generator.conditions import sample_severities
from inference.training.generator.face import GeneratedPhoto, View, draw_photo
from inference.training.generator.identity import Identity, sample_identity
from inference.training.generator.splits import camera_seed, identity_seed
from participants.imaging.face import FaceFinder
from participants.imaging.profiles import PROFILES
from participants.imaging.quality import QualityReport, assess_quality

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("participants/imaging", "inference/pipeline", "inference/training/generator")
FIRST = 100_000  # number in the split of the first person and photo
PHOTOS_A_PERSON = 16  # camera seeds kept for each


@dataclass(frozen=True)
class Shot:
    """One photo: how it was taken, whether it was kept, and its severities where it was scored."""

    person: int
    fitzpatrick: int
    view: str
    difficulty: str
    accepted: bool
    reasons: tuple[str, ...]  # codes of what it was refused for
    severity: dict[str, float] | None  # points by condition; None: not scored

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> Shot:
        return cls(**{**given, "reasons": tuple(given["reasons"])})


def sources_sha256(folders: Iterable[str] = SOURCES) -> str:
    """Return a hash over the code that draws, judges and scores, so that no old result is used."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((ROOT / folder).glob("*.py")):
            digest.update(f"{folder}/{path.name}".encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


# As imported, so that an edit while photos are judged does not pass for what judged them.
SOURCES_SHA256 = sources_sha256()


def person_of(number: int) -> tuple[Identity, dict[str, float]]:
    """Return test person `number`, the six skin types in turn, and their severities."""
    seed = identity_seed("test", FIRST + number)
    rng = np.random.default_rng([seed, 22])
    return sample_identity(seed, fitzpatrick=1 + number % 6), sample_severities(rng)


def plan(repeats: int) -> list[tuple[View, Difficulty]]:
    """Return the photos of one person."""
    good: list[tuple[View, Difficulty]] = [(view, "good") for view in get_args(View)]
    again: tuple[View, Difficulty] = ("front", "typical")
    return [*good, *[again] * repeats]


def take(number: int, at: int, view: View, difficulty: Difficulty) -> GeneratedPhoto:
    """Draw photo `at` of a person: its own camera, light and pose."""
    identity, severities = person_of(number)
    seed = camera_seed("test", FIRST + number * PHOTOS_A_PERSON + at)
    camera = sample_camera(seed, difficulty=difficulty)
    return draw_photo(identity, severities, view=view, seed=seed, camera=camera)


def judge(photo: GeneratedPhoto, *, finder: FaceFinder) -> QualityReport:
    """Judge a photo as the product does by default."""
    return assess_quality(photo.pixels, view=photo.view, profile=PROFILES["normal"], finder=finder)


def shots_of(
    number: int, photos: Sequence[tuple[View, Difficulty]], *, network: Network, finder: FaceFinder
) -> list[Shot]:
    """Draw, judge and, where repeated and kept, score a person's photos by the product's path."""
    shots = []
    for at, (view, difficulty) in enumerate(photos):
        photo = take(number, at, view, difficulty)
        report = judge(photo, finder=finder)
        severity = None
        if difficulty == "typical" and report.accepted and report.face is not None:
            scores = score_face(
                photo.pixels,
                report.face.landmarks,
                view=view,
                network=network,
                recipe=get_recipe(network.card.recipe),
            )
            severity = {s.condition: s.severity for s in scores.scores if s.region == "face"}
        refused = tuple(r.code for r in report.reasons if r.outcome == "reject")
        shots.append(
            Shot(
                number, photo.identity.fitzpatrick, view, difficulty, report.accepted, refused,
                severity,
            )
        )  # fmt: skip
    return shots


def take_shots(people: int, repeats: int, *, network: Network, cache: Path) -> Iterator[list[Shot]]:
    """Give each person's shots, from the cache where they are known already.

    `cache` is a folder of this network's; what the code no longer does is not read from it.
    """
    cv2.setNumThreads(1)
    finder: FaceFinder | None = None
    photos = plan(repeats)
    stamp = f"{SOURCES_SHA256[:16]}-{repeats}"
    for number in range(people):
        path = cache / f"person-{number:03d}-{stamp}.json"
        if path.exists():
            yield [Shot.from_json(shot) for shot in json.loads(path.read_text(encoding="utf-8"))]
            continue
        finder = finder or FaceFinder()
        shots = shots_of(number, photos, network=network, finder=finder)
        part = path.with_suffix(".part")
        part.write_text(json.dumps([asdict(shot) for shot in shots]), encoding="utf-8")
        part.replace(path)
        yield shots

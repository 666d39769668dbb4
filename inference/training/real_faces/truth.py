"""Photographs of people never trained on, changed in a known way: what a report is measured on.

Each person is photographed bare, with each condition painted at three severities, with nuisances
that must not change a score, at another tone, and through phones that do one thing each. Only crops
are kept, by the functions scoring uses, and the severities that were painted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
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
from inference.training.dataset import read_shards, write_shard
from inference.training.generator.skin import skin_colour
from inference.training.real_faces.baselines import measured
from inference.training.real_faces.build import Studio, painting_sha256
from inference.training.real_faces.cache import crops_from, require_same
from inference.training.real_faces.errors import PhotographsRefused
from inference.training.real_faces.layers import Layers, nothing, sample_style
from inference.training.real_faces.lending import lender
from inference.training.real_faces.light import BLOOD
from inference.training.real_faces.paint import Canvased, Pixels, canvased, lay, linear_of, paint
from inference.training.real_faces.people import Part, number_of
from inference.training.real_faces.phone import Phone, sample_phone, shoot
from inference.training.real_faces.photographs import Photograph
from inference.training.real_faces.scenes import Sitter, add_nuisance

SEVERITIES = (1 / 3, 2 / 3, 1.0)
NUISANCES = ("beard", "beard shade", "tear troughs", "make-up", "spectacles", "light")
TONE_STEPS = (0.55, 1.8)  # of the melanin: a face two groups lighter, and two darker
STABILITY: Mapping[str, Phone] = {
    "JPEG 60": Phone(quality=60),
    "brighter": Phone(exposure=0.4),
    "darker": Phone(exposure=-0.6),
    "warmer": Phone(gains=(1.06, 1.0, 0.94)),
    "messenger": Phone(quality=85, messenger=65, messenger_scale=0.85),
}
UNSEEN: Mapping[str, Phone] = {
    "heavy HDR": Phone(tone_mapping=1.0, sharpening=0.6, quality=85),
    "smear": Phone(read_noise=0.006, smear=26.0, quality=80),
}
RESIZED, TURNED = "size 0.8", "turned 8 degrees"


@dataclass(frozen=True)
class Shown:
    """One picture of a person: what was done, and the severities painted (others unknown)."""

    what: str
    pixels: Pixels
    landmarks: NDArray[np.float32]  # (468, 3)
    severities: Mapping[str, float]


def pictures_of(face: Canvased, studio: Studio) -> Iterator[Shown]:
    """Give all pictures of one person: the bare one first, then each change of it alone.

    Of a smiling photograph only the bare one, to be held against the neutral.
    """
    points, photograph = face.located.landmarks, face.located.photograph
    seed = number_of(photograph.person.id)
    rng = np.random.default_rng([seed, 41])
    yield Shown("bare", face.pixels, points, {})
    if photograph.expression != "neutral":
        return
    for condition in CONDITIONS:
        style = sample_style(rng)
        for severity in SEVERITIES:
            pixels = paint(face, {condition: severity}, seed=seed, style=style).pixels
            yield Shown(f"{condition} {severity:.2f}", pixels, points, {condition: severity})
    yield from _alike(face, studio, rng, seed)


def _alike(face: Canvased, studio: Studio, rng: np.random.Generator, seed: int) -> Iterator[Shown]:
    """Give what must not change a score."""
    points, name = face.located.landmarks, face.located.photograph.person.id
    me = Sitter(face, lender(face), frozenset())
    lend = partial(studio.lend_from, but=name)
    for nuisance in NUISANCES:
        pixels, _, _ = add_nuisance(me, face.pixels, nuisance, rng, lend)
        yield Shown(nuisance, pixels, points, {})
    for times in TONE_STEPS:
        words = "lighter" if times < 1 else "darker skin"
        yield Shown(f"tone {words}", retoned(face, times), points, {})
    for words, phone in {**STABILITY, **UNSEEN}.items():
        yield Shown(words, shoot(face.pixels, phone, seed), points, {})
    small = cv2.resize(face.pixels, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    yield Shown(RESIZED, np.asarray(small, np.uint8), points * np.float32(0.8), {})
    yield _turned(face, 8.0)
    for number in range(2):  # two phones: two photographs of one visit
        taken = shoot(face.pixels, sample_phone(np.random.default_rng([seed, number])), number)
        yield Shown(f"repeat {number + 1}", taken, points, {})


def retoned(face: Canvased, times: float) -> Pixels:
    """Return the photograph with this many times the melanin, evenly: tone and nothing else."""
    surface, melanin = face.surface, face.light.melanin
    flat = np.ones((1, 1), np.float32)
    before, after = (
        skin_colour(flat * np.float32(melanin * k), flat * np.float32(BLOOD))[0, 0]
        for k in (1.0, times)
    )
    none = nothing(surface.canvas)
    ratio = np.broadcast_to(np.log(after / before), none.ratio.shape).astype(np.float32)
    return lay(face, face.pixels, Layers(ratio, none.height, none.gleam))


def _turned(face: Canvased, degrees: float) -> Shown:
    height, width = face.pixels.shape[:2]
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0))
    pixels = cv2.warpAffine(
        face.pixels, matrix, (width, height), flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    points = face.located.landmarks.copy()
    points[:, :2] = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    return Shown(TURNED, np.asarray(pixels, np.uint8), points.astype(np.float32), {})


def measured_of(face: Canvased, shown: Shown) -> list[float]:
    """Return the baselines (8,) of a picture that lies as the bare one does; NaN for others."""
    if shown.pixels.shape != face.pixels.shape or shown.what == TURNED:
        return [float("nan")] * len(CONDITIONS)
    surface = replace(face.surface, linear=linear_of(shown.pixels[face.surface.box]))
    known = measured(lender(replace(face, surface=surface)))
    return [known[condition] for condition in CONDITIONS]


def cut_pictures(face: Canvased, shown: Sequence[Shown], *, size: int, window_mm: float) -> Crops:
    """Cut all pictures of one person as scoring does; what is painted is their label."""
    cut: list[list[RegionCrop]] = []
    contexts: list[RecipeContext] = []
    for picture in shown:
        points = picture.landmarks.astype(np.float32)
        regions = find_regions(picture.pixels, points, "front", size=size, window_mm=window_mm)
        cut.append(regions.crops)
        contexts.append(measure_context(picture.pixels, points, regions.crops))
    number = number_of(face.located.photograph.person.id)
    return crops_from(
        cut, contexts, [{c: (s, s) for c, s in picture.severities.items()} for picture in shown],
        people=[number] * len(shown), itas=[face.ita] * len(shown), size=size,
    )  # fmt: skip


def _shard(out: Path, photograph: Photograph) -> Path:
    return out / f"{photograph.expression}-{photograph.person.id}.npz"


def make_truth(
    faces: Path, out: Path, *, part: Part = "test", people: int | None = None,
    size: int = 128, window_mm: float = 40.0,
) -> Iterator[str]:  # fmt: skip
    """Make what is missing of a part's pictures, giving the name of each photograph when done.

    Raises PhotographsRefused.
    """
    studio = Studio(faces, part)
    source = {
        "photographs_sha256": studio.folder.digest, "painting_sha256": painting_sha256(),
        "part": part, "size": size, "window_mm": window_mm,
    }  # fmt: skip
    require_same(out, source)
    chosen = {sitter.person.id for sitter in studio.neutral[:people]}
    for photograph in studio.photographs:
        path = _shard(out, photograph)
        if photograph.person.id not in chosen or path.exists():
            continue
        located = studio.located(photograph)
        if located is None:
            continue
        face = canvased(located)
        shown = list(pictures_of(face, studio))
        truth_source = {
            "what": [picture.what for picture in shown],
            "measures": [measured_of(face, picture) for picture in shown],
            "ita": face.ita, "expression": photograph.expression, **asdict(photograph.person),
        }  # fmt: skip
        path.with_suffix(".json").write_text(json.dumps(truth_source), encoding="utf-8")
        write_shard(path, cut_pictures(face, shown, size=size, window_mm=window_mm))
        yield photograph.name


@dataclass(frozen=True)
class Truth:
    """The crops of all pictures, and what each of the P pictures is."""

    crops: Crops
    what: list[str]
    person: list[str]
    gender: list[str]
    age: NDArray[np.float64]  # (P,) years, NaN not told
    smiling: NDArray[np.bool_]  # (P,)
    ita: NDArray[np.float64]  # (P,) degrees
    measures: NDArray[np.float64]  # (P, 8) the baselines

    def bare_of(self) -> dict[str, int]:
        """Return the row of each person's bare, neutral picture."""
        rows = range(len(self.what))
        return {self.person[k]: k for k in rows if self.what[k] == "bare" and not self.smiling[k]}


def read_truth(out: Path) -> Truth:
    """Read all pictures made. Raises PhotographsRefused when there are none."""
    paths = [path for path in sorted(out.glob("*-*.npz")) if path.with_suffix(".json").exists()]
    if not paths:
        raise PhotographsRefused(f"{out} holds no pictures to measure on")
    parts = [json.loads(path.with_suffix(".json").read_text(encoding="utf-8")) for path in paths]
    counts = [len(part["what"]) for part in parts]

    def each(name: str) -> list[Any]:
        return [part[name] for part, count in zip(parts, counts, strict=True) for _ in range(count)]

    return Truth(
        read_shards(paths),
        [what for part in parts for what in part["what"]],
        each("id"), each("gender"),
        np.array([np.nan if age is None else age for age in each("age")], np.float64),
        np.array([expression == "smiling" for expression in each("expression")], np.bool_),
        np.array(each("ita"), np.float64),
        np.array([row for part in parts for row in part["measures"]], np.float64),
    )  # fmt: skip

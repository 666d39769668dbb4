"""How far do the faults of phones move scores, without noise reduction and with each version of it?

    python -m inference.training.step_one_trial [--people 8] [--package FILE] [--photos FOLDER]

Each photo is scored clean and spoilt in the ways of `WAYS`, by the same recipe, and the whole
face's severities compared: the root mean square over people, then the mean over conditions, in
points. It also counts in how many photos the step acted: one that never acts compares a thing with
itself. People are drawn (`--photos` takes a folder of pictures instead); they are of the validation
split, so that what is chosen here is not chosen on those who are reported.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.pipeline.network import Network
from inference.pipeline.recipe import Recipe, RecipeStep, get_recipe
from inference.pipeline.results import PhotoScores
from inference.pipeline.score import score_face
from inference.training.generator.camera import Camera, jpeg_round_trip
from inference.training.generator.conditions import sample_severities
from inference.training.generator.face import draw_photo
from inference.training.generator.identity import sample_identity
from inference.training.generator.splits import identity_seed
from inference.training.spoil import add_noise, smear
from participants.imaging.decode import decode_photo
from participants.imaging.face import FaceFinder

Pixels = NDArray[np.uint8]
Way = Callable[[Pixels, np.random.Generator], Pixels]

SHIPPED: Final = Path(__file__).parents[1] / "packages" / "gsh-demonstrator.onnx"
LONGEST: Final = 4096  # pixels a side, as the check decodes
QUALITY: Final = 92  # of the JPEG that every photo ends as


def _noise(sigma: float, kind: str) -> Way:
    blotchy = kind == "blotchy"
    return lambda pixels, rng: add_noise(pixels, sigma, rng, kind="blotchy" if blotchy else "white")


WAYS: Final[Mapping[str, Way]] = {
    "white noise 2": _noise(2, "white"),
    "white noise 8": _noise(8, "white"),
    "blotchy noise 2": _noise(2, "blotchy"),
    "blotchy noise 6": _noise(6, "blotchy"),
    "JPEG 60": lambda pixels, rng: jpeg_round_trip(pixels, 60),
    "smear": lambda pixels, rng: smear(pixels, 0.3),
}


def step_alone(step: RecipeStep) -> Recipe:
    """Return a recipe of one step."""
    return Recipe(step.step.replace("@", "-"), 1, step.step, (step,))


ARMS: Final[Mapping[str, Recipe]] = {
    "none": get_recipe("none@1"),
    "denoise@1": step_alone(get_recipe("standard@1").steps[0]),
    "denoise@2": step_alone(get_recipe("standard@2").steps[0]),
    "standard@1": get_recipe("standard@1"),
    "standard@2": get_recipe("standard@2"),
}


@dataclass(frozen=True)
class Face:
    """A photo before it is spoilt, uint8 (H, W, 3), and its landmarks (468, 3)."""

    pixels: Pixels
    landmarks: NDArray[np.float32]


@dataclass(frozen=True)
class Shift:
    """One way and arm: points moved, mean over conditions, and photos in which step one acted."""

    way: str
    arm: str
    rms: float
    acted: int
    photos: int


def drawn_faces(people: int) -> Iterator[Face]:
    """Draw people of the validation split, the six skin types in turn, by a good quiet camera."""
    camera = Camera(shot_noise=0.00003, read_noise=0.0004, jpeg_quality=96)
    for number in range(people):
        seed = identity_seed("validation", 5000 + number)
        person = sample_identity(seed, fitzpatrick=1 + number % 6)
        severities = sample_severities(np.random.default_rng([seed, 31]))
        photo = draw_photo(person, severities, view="front", seed=seed, camera=camera)
        yield Face(photo.pixels, photo.landmarks)


def real_faces(folder: Path, people: int) -> Iterator[Face]:
    """Read the pictures of a folder, evenly over it, in which a face is found."""
    finder = FaceFinder()
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".jpg", ".png"})
    for path in paths[:: max(1, len(paths) // people)][:people]:
        pixels = decode_photo(path, max_side=LONGEST).pixels
        if faces := finder.find_faces(pixels):
            yield Face(pixels, faces[0].landmarks)


def shifts(faces: Sequence[Face], network: Network) -> Iterator[Shift]:
    """Score every face clean and spoilt, by every arm."""
    clean = {arm: [_scores(f.pixels, f, network, r) for f in faces] for arm, r in ARMS.items()}
    for way, spoil in WAYS.items():
        rng = np.random.default_rng(0)
        spoilt = [spoil(face.pixels, rng) for face in faces]
        for arm, recipe in ARMS.items():
            scored = [_scores(p, f, network, recipe) for p, f in zip(spoilt, faces, strict=True)]
            acted = sum(_acted(score) for score in scored)
            yield Shift(way, arm, rms_shift(clean[arm], scored), acted, len(faces))


def _scores(pixels: Pixels, face: Face, network: Network, recipe: Recipe) -> PhotoScores:
    packed = jpeg_round_trip(pixels, QUALITY)
    return score_face(packed, face.landmarks, view="front", network=network, recipe=recipe)


def _acted(scores: PhotoScores) -> bool:
    return any(s["acted"] for s in scores.measured["steps"] if s["step"].startswith("denoise"))


def rms_shift(before: Sequence[PhotoScores], after: Sequence[PhotoScores]) -> float:
    """Return how far the whole face's severities moved: root mean square, mean of conditions."""
    gaps: dict[str, list[float]] = {}
    for earlier, other in zip(before, after, strict=True):
        for score in earlier.scores:
            again = other.score(score.condition)
            if score.region == "face" and again is not None:
                gaps.setdefault(score.condition, []).append(again.severity - score.severity)
    return float(np.mean([np.sqrt(np.mean(np.square(each))) for each in gaps.values()]))


def table(shifts: Sequence[Shift]) -> str:
    """Return the shifts as a Markdown table, a row a way and a column an arm."""
    lines = ["| | " + " | ".join(ARMS) + " |", "|---" * (1 + len(ARMS)) + "|"]
    for way in dict.fromkeys(shift.way for shift in shifts):
        cells = [f"{s.rms:.1f} ({s.acted} of {s.photos})" for s in shifts if s.way == way]
        lines.append(f"| {way} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Run the trial and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--package", type=Path, default=SHIPPED)
    parser.add_argument("--photos", type=Path, help="a folder of pictures instead of drawn people")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    network = Network(given.package, expected_sha256=None)
    people = given.people
    faces = list(real_faces(given.photos, people) if given.photos else drawn_faces(people))
    print(f"{len(faces)} photos, {network.runtime()}. Points moved (photos step one acted on):\n")
    print(table(list(shifts(faces, network))))


if __name__ == "__main__":
    main()

"""Draw a sheet of crops as the network gets them, pixel for pixel, to judge its task by eye.

python -m inference.training.crop_sheet OUT [--seed N] [--difficulty good|typical|poor]

Each condition has a block: light, middle and dark skin below one another, the four grades beside
one another, every crop another person's under another camera. The ending of OUT sets the format.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inference.pipeline.anatomy import REGIONS
from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.grades import GRADES
from inference.pipeline.regions import find_regions
from inference.training.generator.camera import Difficulty, sample_camera
from inference.training.generator.face import draw_photo
from inference.training.generator.identity import sample_identity
from inference.training.generator.splits import camera_seed, identity_seed

Pixels = NDArray[np.uint8]
SIZE, WINDOW_MM, GAP, HEADER = 128, 40.0, 8, 22
TONES = (1, 3, 6)
BLOCKS_ACROSS = 4
# The region a condition is shown in; the first that the face's photo has of these.
SHOWN_IN = {"wrinkles": "infraorbital_right", "ephelides": "nose", "pores": "nose"}


def grade_crop(
    condition: str, grade: int, fitzpatrick: int, *, seed: int, difficulty: Difficulty
) -> Pixels:
    """Return one crop, (SIZE, SIZE, 3), of a demo person with this grade of one condition."""
    number = seed * 1000 + CONDITIONS.index(condition) * 100 + fitzpatrick * 10 + grade
    photo = draw_photo(
        sample_identity(identity_seed("demo", number), fitzpatrick=fitzpatrick),
        {condition: grade / (len(GRADES) - 1)},
        view="front",
        seed=camera_seed("demo", number),
        camera=sample_camera(camera_seed("demo", number), difficulty=difficulty),
        width=720,
        height=960,
    )
    region = SHOWN_IN.get(condition, "cheek_right")
    if region not in REGIONS:
        raise ValueError(f"there is no region {region}")
    regions = find_regions(
        photo.pixels, photo.landmarks, "front", size=SIZE, window_mm=WINDOW_MM, regions=(region,)
    )
    if not regions.crops:
        return np.full((SIZE, SIZE, 3), 255, np.uint8)
    return regions.crops[0].filled()


def block(condition: str, *, seed: int, difficulty: Difficulty) -> Pixels:
    """Return a condition's block: a line of words over tones by grades."""
    rows = []
    for fitzpatrick in TONES:
        crops = [
            grade_crop(condition, grade, fitzpatrick, seed=seed, difficulty=difficulty)
            for grade in range(len(GRADES))
        ]
        rows.append(np.hstack([np.pad(c, ((0, 2), (0, 2), (0, 0))) for c in crops]))
    grid = np.vstack(rows)
    line = Image.new("RGB", (grid.shape[1], HEADER), (255, 255, 255))
    ImageDraw.Draw(line).text((4, 5), f"{condition}: {', '.join(GRADES)}", fill=(0, 0, 0))
    whole = np.vstack([np.asarray(line, np.uint8), grid])
    return np.pad(whole, ((0, GAP), (0, GAP), (0, 0)), constant_values=255)


def crop_sheet(seed: int, difficulty: Difficulty) -> Image.Image:
    """Return the whole sheet, all eight conditions."""
    blocks = [block(condition, seed=seed, difficulty=difficulty) for condition in CONDITIONS]
    rows = [
        np.hstack(blocks[first : first + BLOCKS_ACROSS])
        for first in range(0, len(blocks), BLOCKS_ACROSS)
    ]
    return Image.fromarray(np.vstack(rows))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the sheet to the file named on the command line."""
    parser = argparse.ArgumentParser(description="Draw crops as the network gets them.")
    parser.add_argument("out", type=Path, help="the PNG, JPEG or WebP to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--difficulty", choices=get_args(Difficulty), default="typical")
    chosen = parser.parse_args(arguments)
    crop_sheet(chosen.seed, chosen.difficulty).save(chosen.out, quality=85)


if __name__ == "__main__":
    main()

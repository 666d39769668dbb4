"""Draw a sheet to judge by eye: every condition and grade on six tones, and whole faces.

python -m inference.training.generator.contact_sheet OUT.png [--seed N] [--faces N]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inference.training.generator.camera import Camera, sample_camera
from inference.training.generator.conditions import CONDITIONS, GRADES, sample_severities
from inference.training.generator.face import VIEW_YAW, GeneratedPhoto, draw_photo
from inference.training.generator.identity import Identity, sample_identity
from inference.training.generator.noise import stream

Pixels = NDArray[np.uint8]
CROP, MARGIN, HEADER = 112, 8, 26
WIDTH, HEIGHT = 720, 960
# The landmark each condition is looked at from, and the side of the crop in eye distances.
LOOK_AT = {
    "dryness": (50, 0.8),
    "texture": (50, 0.8),
    "melasma": (50, 0.9),
    "lentigo": (50, 0.9),
    "ephelides": (142, 1.0),
    "dermatitis": (206, 0.9),
    "wrinkles": (30, 1.0),
    "pores": (48, 0.7),
}


def crop_around(photo: GeneratedPhoto, landmark: int, eye_distances: float) -> Pixels:
    """Return the square of a photo around a landmark, CROP pixels across."""
    eyes = float(np.linalg.norm(photo.landmarks[263, :2] - photo.landmarks[33, :2]))
    half = eyes * 0.7 * eye_distances / 2
    x, y = (float(value) for value in photo.landmarks[landmark, :2])
    turn = np.array([[CROP / 2 / half, 0, 0], [0, CROP / 2 / half, 0]])
    turn[:, 2] = CROP / 2 - turn[0, 0] * np.array([x, y])
    cut = cv2.warpAffine(photo.pixels, turn, (CROP, CROP), flags=cv2.INTER_AREA)
    return np.asarray(cut, np.uint8)


def condition_rows(seed: int, conditions: Sequence[str]) -> Pixels:
    """Return a row for each tone: these conditions in their four grades, under a line of names."""
    rows = [_header(conditions)]
    for fitzpatrick in range(1, 7):
        identity = sample_identity(seed + fitzpatrick, fitzpatrick=fitzpatrick)
        crops = [crop for condition in conditions for crop in grades_of(identity, condition)]
        rows.append(np.asarray(np.hstack(crops), np.uint8))
    return np.asarray(np.vstack(rows), np.uint8)


def _header(conditions: Sequence[str]) -> Pixels:
    line = Image.new("RGB", (len(conditions) * len(GRADES) * CROP, HEADER), (255, 255, 255))
    pen = ImageDraw.Draw(line)
    for index, condition in enumerate(conditions):
        text = f"{condition}: {', '.join(GRADES)}"
        pen.text((index * CROP * len(GRADES) + 4, 6), text, fill=(0, 0, 0))
    return np.asarray(line)


def grades_of(identity: Identity, condition: str) -> list[Pixels]:
    """Return the four grades of a condition on one person, each at its middle severity."""
    landmark, size = LOOK_AT[condition]
    crops = []
    for grade in range(len(GRADES)):
        severity = grade / (len(GRADES) - 1)
        photo = draw_photo(
            identity,
            {condition: severity},
            view="front",
            seed=3,
            camera=Camera(),
            width=WIDTH,
            height=HEIGHT,
        )
        crop = crop_around(photo, landmark, size).copy()
        crop[:, -2:] = 255
        if grade == len(GRADES) - 1:
            crop[:, -MARGIN:] = 255
        crops.append(crop)
    return crops


def face_row(seed: int, count: int, across: int) -> Pixels:
    """Return whole faces in a row `across` pixels wide: mixed tones, views, severities, cameras."""
    width = across // count
    faces = []
    for index in range(count):
        identity = sample_identity(seed + 100 + index, fitzpatrick=1 + index % 6)
        severities = sample_severities(stream(seed + index, "sheet"), present=0.4)
        view = tuple(VIEW_YAW)[(index // 2) % 3]
        camera = sample_camera(seed + index, difficulty="typical")
        photo = draw_photo(identity, severities, view=view, seed=seed + index, camera=camera)
        size = (width, width * 4 // 3)
        faces.append(cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA))
    row = np.asarray(np.hstack(faces), np.uint8)
    return np.pad(row, ((0, 0), (0, across - row.shape[1]), (0, 0)), constant_values=255)


def contact_sheet(seed: int, faces: int) -> Image.Image:
    """Return the whole sheet: two blocks of four conditions, then whole faces."""
    half = len(CONDITIONS) // 2
    blocks = [condition_rows(seed, part) for part in (CONDITIONS[:half], CONDITIONS[half:])]
    across = blocks[0].shape[1]
    gap = np.full((MARGIN, across, 3), 255, np.uint8)
    return Image.fromarray(np.vstack([*blocks, gap, face_row(seed, faces, across)]))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the sheet to the file named on the command line."""
    parser = argparse.ArgumentParser(description="Draw generated skin and faces to judge by eye.")
    parser.add_argument("out", type=Path, help="the PNG to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faces", type=int, default=7, help="how many whole faces")
    chosen = parser.parse_args(arguments)
    contact_sheet(chosen.seed, chosen.faces).save(chosen.out)


if __name__ == "__main__":
    main()

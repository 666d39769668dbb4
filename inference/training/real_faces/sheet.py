"""Draw a sheet to judge the paint by eye: people across, conditions and nuisances down.

python -m inference.training.real_faces.sheet OUT.png --faces FOLDER [--people 042,001] [--zoom]

The sheet shows real people: keep it out of the repository.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inference.pipeline.assessed import CONDITIONS
from inference.training.generator.contact_sheet import LOOK_AT
from inference.training.real_faces.paint import Canvased, canvased, paint
from inference.training.real_faces.photographs import Photographs, locate
from participants.imaging.face import FaceFinder

Pixels = NDArray[np.uint8]
SIZE = (300, 360)
ZOOM = 300  # pixels of a close view
SEVERITIES = (1 / 3, 2 / 3, 1.0)
PEOPLE = 4


def whole(face: Canvased, pixels: Pixels) -> Pixels:
    """Return the face alone at the sheet's size."""
    return np.asarray(cv2.resize(pixels[face.surface.box], SIZE, interpolation=cv2.INTER_AREA))


def close(face: Canvased, pixels: Pixels, condition: str) -> Pixels:
    """Return a square about the place a condition is looked at, enlarged."""
    landmark, eye_distances = LOOK_AT.get(condition, (50, 0.9))
    points = face.located.landmarks
    half = float(np.linalg.norm(points[263, :2] - points[33, :2])) * 0.4 * eye_distances
    x, y = (int(v) for v in points[landmark, :2])
    reach = max(8, round(half))
    part = pixels[max(y - reach, 0) : y + reach, max(x - reach, 0) : x + reach]
    return np.asarray(cv2.resize(part, (ZOOM, ZOOM), interpolation=cv2.INTER_CUBIC))


def shown(face: Canvased, number: int, *, zoom: bool) -> Iterator[tuple[str, Pixels]]:
    """Give the pictures of one person with their words, bare first."""
    yield f"bare, ITA {face.ita:.0f}", whole(face, face.pixels)
    for condition in CONDITIONS:
        if zoom:
            yield "bare", close(face, face.pixels, condition)
        for severity in SEVERITIES[0 if zoom else 1 :]:
            pixels = paint(face, {condition: severity}, seed=7 + number).pixels
            view = close(face, pixels, condition) if zoom else whole(face, pixels)
            yield f"{condition} {severity:.2f}", view


def named(picture: Pixels, words: str) -> Pixels:
    """Write words on a picture."""
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).text((5, 4), words, fill=(0, 0, 0), stroke_width=2, stroke_fill="white")
    return np.asarray(image)


def sheet(faces: Sequence[Canvased], *, zoom: bool, across: int) -> Image.Image:
    """Return the whole sheet, each person from a line of their own."""
    rows = []
    for number, face in enumerate(faces):
        size = (ZOOM, ZOOM) if zoom else SIZE
        pictures = [
            named(np.asarray(cv2.resize(p, size)), words)
            for words, p in shown(face, number, zoom=zoom)
        ]
        pictures += [np.full_like(pictures[0], 255)] * (-len(pictures) % across)
        rows += [
            np.hstack(pictures[first : first + across]) for first in range(0, len(pictures), across)
        ]
    return Image.fromarray(np.vstack(rows))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="the PNG or JPEG to write")
    parser.add_argument("--faces", type=Path, required=True, help="the folder of photographs")
    parser.add_argument("--people", default="", help="ids, with commas between")
    parser.add_argument("--zoom", action="store_true", help="close views in three severities")
    given = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    folder, finder = Photographs(given.faces), FaceFinder()
    wanted = [name for name in given.people.split(",") if name]
    neutral = [
        photograph for photograph in folder.photographs if photograph.expression == "neutral"
    ]
    chosen = [
        neutral_photograph
        for neutral_photograph in neutral
        if neutral_photograph.person.id in wanted
    ] or neutral[:PEOPLE]
    located = (locate(neutral_photograph, finder) for neutral_photograph in chosen)
    faces = [
        canvased(neutral_photograph)
        for neutral_photograph in located
        if neutral_photograph is not None
    ]
    sheet(faces, zoom=given.zoom, across=8 if given.zoom else 6).save(given.out)


if __name__ == "__main__":
    main()

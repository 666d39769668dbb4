"""The folder of photographs: whose they are, and reading one.

`people.csv` has `id, age, gender, ethnicity` as people told them; `neutral/` and `smiling/` have
one JPEG a person whose name begins with the id. Where the set is published stands in
docs/real-faces.md.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from inference.training.real_faces.errors import PhotographsRefused
from inference.training.real_faces.people import Part, PeopleSet, people_set
from participants.imaging.face import FaceFinder

Pixels = NDArray[np.uint8]
EXPRESSIONS = ("neutral", "smiling")
COLUMNS = {"id", "age", "gender", "ethnicity"}
WHERE = "docs/real-faces.md says where the set is published and how its folder is laid out."
# Of the face's size: what is kept about it, so that the light can be read from the background.
MARGIN = 0.3


@dataclass(frozen=True)
class Person:
    """Somebody of the set, in their own words."""

    id: str
    age: int | None
    gender: str
    ethnicity: str


@dataclass(frozen=True)
class Photograph:
    """One file of the folder."""

    person: Person
    expression: str  # neutral or smiling
    path: Path

    @property
    def name(self) -> str:
        """Expression and id: what a cache and a report call it."""
        return f"{self.expression}/{self.person.id}"


@dataclass(frozen=True)
class LocatedFace:
    """A photograph cut to the face and some background, with the landmarks the product finds."""

    photograph: Photograph
    pixels: Pixels  # (H, W, 3) sRGB
    landmarks: NDArray[np.float32]  # (468, 3) in `pixels`


class Photographs:
    """The folder, checked against the split when it is opened.

    Raises PhotographsRefused when it is missing, is laid out otherwise, or lacks people of the
    split. People whom the split does not name are left out.
    """

    def __init__(self, folder: Path, people: PeopleSet | None = None) -> None:
        self.folder, self.set = folder, people or people_set()
        if not folder.is_dir():
            raise PhotographsRefused(f"There is no folder {folder}. {WHERE}")
        listed_people = self._people()
        self.photographs: list[Photograph] = []
        for expression in EXPRESSIONS:
            self.photographs += self._files(expression, listed_people)
        self._require_everybody()

    def of(self, part: Part, expression: str | None = None) -> list[Photograph]:
        """Return the photographs of a part's people, neutral ones first, by id."""
        return [
            photo
            for photo in self.photographs
            if photo.person.id in self.set.split[part] and expression in {None, photo.expression}
        ]

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hexadecimal) over the bytes of all photographs used and their names."""
        hashed = hashlib.sha256(self.set.digest.encode())
        for photograph in self.photographs:
            hashed.update(photograph.name.encode() + b"\0" + photograph.path.read_bytes())
        return hashed.hexdigest()

    def _people(self) -> dict[str, Person]:
        path = self.folder / "people.csv"
        if not path.is_file():
            raise PhotographsRefused(f"{self.folder} has no people.csv. {WHERE}")
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        missing = COLUMNS - set(rows[0] if rows else ())
        if missing:
            raise PhotographsRefused(f"{path} has no column {', '.join(sorted(missing))}. {WHERE}")
        return {row["id"]: _person(row) for row in rows}

    def _files(self, expression: str, people: dict[str, Person]) -> Iterator[Photograph]:
        folder = self.folder / expression
        if not folder.is_dir():
            raise PhotographsRefused(f"{self.folder} has no folder {expression}. {WHERE}")
        for path in sorted(folder.glob("*.jpg")):
            person = people.get(path.name.split("_")[0])
            if person is not None and self.set.part_of(person.id):
                yield Photograph(person, expression, path)

    def _require_everybody(self) -> None:
        neutral = {
            photograph.person.id
            for photograph in self.photographs
            if photograph.expression == "neutral"
        }
        every = {person for part in self.set.split.values() for person in part}
        lacking = sorted(every - neutral)
        if lacking:
            some = ", ".join(lacking[:5]) + (" and others" if len(lacking) > 5 else "")
            raise PhotographsRefused(
                f"{self.folder} has no neutral photograph of {len(lacking)} of the "
                f"{len(every)} people of the split ({some}). {WHERE}"
            )


def _person(row: dict[str, str]) -> Person:
    age = row["age"].strip()
    return Person(row["id"], int(age) if age.isdigit() else None, row["gender"], row["ethnicity"])


def read_pixels(path: Path) -> Pixels:
    """Read one photograph: uint8 (H, W, 3) sRGB. Raises PhotographsRefused."""
    try:
        with Image.open(path, formats=("JPEG", "PNG")) as image:
            return np.ascontiguousarray(np.asarray(image.convert("RGB")))
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise PhotographsRefused(f"{path} cannot be read as a photograph: {error}") from error


def locate(photograph: Photograph, finder: FaceFinder) -> LocatedFace | None:
    """Read a photograph and find its face; None where none is found. Raises PhotographsRefused."""
    pixels = read_pixels(photograph.path)
    faces = finder.find_faces(pixels)
    if not faces:
        return None
    return cut_to_face(photograph, pixels, faces[0].landmarks)


def cut_to_face(
    photograph: Photograph, pixels: Pixels, landmarks: NDArray[np.float32]
) -> LocatedFace:
    """Leave out what lies further than `MARGIN` of the face's size from it."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    reach = MARGIN * (high - low)
    left, top = np.floor(np.maximum(low - reach, 0)).astype(int)
    right, bottom = np.ceil(high + reach).astype(int)
    moved = landmarks.copy()
    moved[:, :2] -= np.array([left, top], np.float32)
    return LocatedFace(photograph, pixels[top:bottom, left:right].copy(), moved)

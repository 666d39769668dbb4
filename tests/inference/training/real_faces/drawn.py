"""Small drawn faces that stand in for photographs: no real person lies in the repository."""

from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from inference.training.generator.camera import Camera
from inference.training.generator.face import draw_photo
from inference.training.generator.identity import sample_identity
from inference.training.real_faces.paint import Canvased, canvased
from inference.training.real_faces.people import PeopleSet
from inference.training.real_faces.photographs import Person, Photograph, cut_to_face

WIDTH, HEIGHT = 300, 400


@cache
def drawn_face(seed: int = 4, fitzpatrick: int = 3) -> Canvased:
    """A drawn person, registered as a photograph is, by its true landmarks."""
    photo = draw_photo(
        sample_identity(seed, fitzpatrick=fitzpatrick), {}, view="front", seed=seed,
        camera=Camera(), width=WIDTH, height=HEIGHT,
    )  # fmt: skip
    sitter = Photograph(Person(str(seed), 30, "female", "white"), "neutral", Path(f"{seed}.jpg"))
    return canvased(cut_to_face(sitter, photo.pixels, photo.landmarks))


def people(train=("001", "002"), validation=("003",), test=("004",)) -> PeopleSet:
    licence = {"name": "CC BY 4.0", "url": "https://example.org", "non_commercial": False}
    return PeopleSet(
        "drawn", "Drawn people", "Nobody", "Nobody (2026)", "https://example.org", licence,
        "They agreed to nothing.", {"train": train, "validation": validation, "test": test},
    )  # fmt: skip


def folder_of_people(folder: Path, ids=("001", "002", "003", "004")) -> Path:
    """A folder as the set is laid out, each photograph an even grey picture."""
    lines = ["id,age,gender,ethnicity"]
    for expression, ending in (("neutral", "03"), ("smiling", "08")):
        (folder / expression).mkdir(parents=True)
        for number, person in enumerate(ids):
            grey = np.full((40, 30, 3), 100 + number, np.uint8)
            Image.fromarray(grey).save(folder / expression / f"{person}_{ending}.jpg")
    lines += [
        f"{person},{30 + k},{('female', 'male')[k % 2]},white" for k, person in enumerate(ids)
    ]
    (folder / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder

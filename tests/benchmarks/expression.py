"""How many smiles the gates find, and how many faces at rest they lose.

    python -m tests.benchmarks.expression FOLDER

The folder holds photos of the same people in `neutral/` and `smiling/`, a file each whose name
begins with the person's number, as the Face Research Lab London Set has them (DeBruine and Jones
2017, doi 10.6084/m9.figshare.5047666, CC BY 4.0). Every second person is left out of setting a
limit: the table tells both halves apart. Nothing is written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from participants.imaging import expression, hair, measures
from participants.imaging.face import FaceFinder
from participants.imaging.profiles import NORMAL, STRICT, QualityProfile

CODES = ("smile", "teeth", "mouth_gap", "forehead_hair")
PERSON = 3  # digits of a person's number


def measured(file: Path, finder: FaceFinder) -> tuple[float, ...] | None:
    """The measures of CODES, or None where no face is found."""
    pixels = np.ascontiguousarray(cv2.imread(str(file))[:, :, ::-1])
    faces = finder.find_faces(np.asarray(pixels, np.uint8))
    if not faces:
        return None
    chip = measures.face_chip(np.asarray(pixels, np.uint8), faces[0])
    own = expression.smile(faces[0]), expression.teeth(chip), expression.mouth_gap(chip)
    return *own, hair.forehead_hair(chip)


def limits(profile: QualityProfile) -> NDArray[np.float64]:
    """Where the profile begins to warn, in the order of CODES."""
    return np.array([profile.gates[code].warn for code in CODES])


def lines(folder: Path) -> Iterator[str]:
    """The rows of the table."""
    finder = FaceFinder()
    seen = {
        kind: {
            file.name[:PERSON]: values
            for file in sorted((folder / kind).glob("*.jpg"))
            if (values := measured(file, finder)) is not None
        }
        for kind in ("neutral", "smiling")
    }
    people = sorted(seen["neutral"].keys() & seen["smiling"].keys())
    yield "| half | profile | people | at rest, told | smiles found | forehead told, of both |"
    yield "|---|---|---|---|---|---|"
    for half, chosen in (("set", people[::2]), ("reported", people[1::2])):
        rest, smiles = (
            np.array([seen[kind][one] for one in chosen]) for kind in ("neutral", "smiling")
        )
        for profile in (NORMAL, STRICT):
            lost, found = (values > limits(profile) for values in (rest, smiles))
            told = [int(values[:, :3].any(axis=1).sum()) for values in (lost, found)]
            covered = int(lost[:, 3].sum() + found[:, 3].sum())
            share = f"{told[1]} ({100 * told[1] / len(chosen):.0f}%)"
            yield f"| {half} | {profile.name} | {len(chosen)} | {told[0]} | {share} | {covered} |"


if __name__ == "__main__":
    print("\n".join(lines(Path(sys.argv[1]))))

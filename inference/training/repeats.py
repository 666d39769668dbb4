"""Several photos of one face: again on the same day, and at visits as its skin changes.

Photos of a visit share the person and every severity; pose, expression, light, room and camera
differ, so the spread of their scores is the repeatability of photo and model together (the repeated
measurements of Bland and Altman, Lancet 1986). Visits share the person: the same marks grow and
fade. Persons and cameras are those of the split, and its camera numbers from `FIRST` on are for
repeats, so no camera of theirs serves in training or in the split's own photos.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inference.training.generator.camera import Difficulty, sample_camera
from inference.training.generator.conditions import sample_severities
from inference.training.generator.face import GeneratedPhoto, View, draw_photo
from inference.training.generator.identity import sample_identity
from inference.training.generator.noise import stream
from inference.training.generator.splits import Split, camera_seed, identity_seed

# The camera numbers of a split up to here are for its own photos, one of a person.
FIRST = 500_000
MOST_PHOTOS, MOST_VISITS = 20, 10
PERSONS = 2_000


def visit_photos(
    split: Split,
    index: int,
    count: int,
    *,
    visit: int = 0,
    severities: Mapping[str, float] | None = None,
    view: View = "front",
    difficulty: Difficulty = "typical",
    width: int = 1080,
    height: int = 1440,
) -> list[GeneratedPhoto]:
    """Draw `count` photos (up to 20) of the split's person number `index` at one visit.

    Without `severities` the person's own are drawn, the same for every visit. `visit` from 0 to 9
    decides only which cameras see them. The Fitzpatrick types come in turn, as in the split.
    Raises IndexError beyond these ranges (persons: 0 to 1999), ValueError for bad severities.
    """
    for name, value, end in (
        ("count", count, MOST_PHOTOS + 1), ("visit", visit, MOST_VISITS), ("index", index, PERSONS),
    ):  # fmt: skip
        if not 0 <= value < end:
            raise IndexError(f"{name} runs from 0 to {end - 1}, not {value}")
    seed = identity_seed(split, index)
    identity = sample_identity(seed, fitzpatrick=1 + index % 6)
    held = sample_severities(stream(seed, "repeats")) if severities is None else severities
    first = FIRST + (index * MOST_VISITS + visit) * MOST_PHOTOS
    cameras = [camera_seed(split, first + number) for number in range(count)]
    return [
        draw_photo(
            identity,
            held,
            view=view,
            seed=at,
            camera=sample_camera(at, difficulty=difficulty),
            width=width,
            height=height,
        )
        for at in cameras
    ]


def later_visits(
    split: Split,
    index: int,
    courses: Mapping[str, Sequence[float]],
    *,
    view: View = "front",
    difficulty: Difficulty = "typical",
    width: int = 1080,
    height: int = 1440,
) -> list[GeneratedPhoto]:
    """Draw one photo a visit of a person whose conditions run these courses.

    `courses` gives each condition's severity (0 to 1) visit by visit, all equally long; conditions
    not named are absent. Raises ValueError for courses of unequal length or severities out of
    range, IndexError for more than ten visits.
    """
    lengths = {len(course) for course in courses.values()}
    if len(lengths) != 1:
        raise ValueError("every condition's course needs one severity a visit")
    return [
        visit_photos(
            split,
            index,
            1,
            visit=visit,
            severities={condition: course[visit] for condition, course in courses.items()},
            view=view,
            difficulty=difficulty,
            width=width,
            height=height,
        )[0]
        for visit in range(lengths.pop())
    ]

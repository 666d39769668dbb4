"""Which generated photos a split is made of: identity, camera, view, severities of each number."""

from __future__ import annotations

from typing import get_args

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.grades import GRADES
from inference.pipeline.outlines import face_scale
from inference.training.generator.camera import Difficulty, sample_camera
from inference.training.generator.conditions import sample_severities
from inference.training.generator.face import GeneratedPhoto, View, draw_photo
from inference.training.generator.identity import sample_identity
from inference.training.generator.splits import Split, camera_seed, identity_seed

# Photo heights drawn; the crops have about 3.2 pixels a millimetre, the least height 3.3.
TRAIN_HEIGHTS = (960, 960, 960, 1200)
VIEW_SHARES: dict[View, float] = {"front": 0.7, "left": 0.15, "right": 0.15}
# None, mild, moderate, severe in training: all grades often enough to be learnt.
TRAIN_GRADES = (0.4, 0.2, 0.2, 0.2)
# Of those without a condition, how many have no trace of it.
TRACELESS = 0.5
GRADE_EDGES = (0.0, 1 / 6, 1 / 2, 5 / 6, 1.0)
TRAIN_DIFFICULTY = (0.3, 0.5, 0.2)  # good, typical, poor
DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)


def train_severities(rng: np.random.Generator) -> dict[str, float]:
    """Return severities whose grades come as often as `TRAIN_GRADES` says, even within a grade.

    Of the people without a condition half have none of it at all, as in the other splits.
    """
    drawn = rng.choice(len(GRADES), size=len(CONDITIONS), p=TRAIN_GRADES)
    return {
        condition: 0.0
        if grade == 0 and rng.random() < TRACELESS
        else float(rng.uniform(GRADE_EDGES[grade], GRADE_EDGES[grade + 1]))
        for condition, grade in zip(CONDITIONS, drawn, strict=True)
    }


def draw_example(
    split: Split, index: int, difficulty: Difficulty | None = None
) -> tuple[GeneratedPhoto, Difficulty]:
    """Draw photo number `index` of a split: its own identity, camera, view and severities.

    Without a `difficulty` it is drawn by `TRAIN_DIFFICULTY`. Returns the photo and its difficulty.
    """
    camera_at = camera_seed(split, index)
    rng = np.random.default_rng([camera_at, 20])
    view: View = rng.choice(get_args(View), p=[VIEW_SHARES[v] for v in get_args(View)])
    train = split == "train"
    severities = train_severities(rng) if train else sample_severities(rng)
    kind = difficulty or DIFFICULTIES[rng.choice(3, p=TRAIN_DIFFICULTY)]
    height = int(rng.choice(TRAIN_HEIGHTS)) if train else 1440
    photo = draw_photo(
        sample_identity(identity_seed(split, index), fitzpatrick=1 + index % 6),
        severities,
        view=view,
        seed=camera_at,
        camera=sample_camera(camera_at, difficulty=kind),
        width=height * 3 // 4,
        height=height,
    )
    return photo, kind


def jittered(landmarks: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return landmarks as a finder might give them: shifted, turned, scaled and shaken a little."""
    points = landmarks[:, :2].astype(np.float64)
    mm = face_scale(landmarks)
    middle = points.mean(axis=0)
    angle, scale = np.radians(rng.normal(0, 2.0)), 1 + rng.normal(0, 0.025)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = (points - middle) @ turn.T + middle + rng.normal(0, 1.2 * mm, 2)
    return np.asarray(moved + rng.normal(0, 0.4 * mm, points.shape), np.float32)

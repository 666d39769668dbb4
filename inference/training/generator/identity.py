"""Who is drawn: everything about a person that stays the same from visit to visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inference.training.generator.noise import stream
from inference.training.generator.tones import Tone, sample_tone
from participants.imaging.canonical import canonical_face

Sex = Literal["female", "male"]
HAIR = {  # melanin-like colours, linear RGB
    "black": (0.012, 0.010, 0.009),
    "dark brown": (0.030, 0.019, 0.013),
    "brown": (0.070, 0.040, 0.022),
    "blond": (0.270, 0.180, 0.090),
    "red": (0.180, 0.055, 0.020),
    "grey": (0.230, 0.225, 0.220),
}
EYES = {
    "dark brown": (0.030, 0.015, 0.008),
    "brown": (0.075, 0.036, 0.016),
    "hazel": (0.120, 0.085, 0.035),
    "green": (0.110, 0.130, 0.070),
    "blue": (0.110, 0.170, 0.250),
    "grey": (0.150, 0.170, 0.185),
}
SHAPES = 10


@dataclass(frozen=True)
class Identity:
    """A person. Two identities of the same seed and Fitzpatrick type are equal."""

    seed: int
    tone: Tone
    sex: Sex
    age: int
    hair: str  # a name of HAIR
    hair_length: float  # 0 short to 1 beyond the shoulders
    swept: bool  # hair combed back, no fringe
    hairline: float  # -1 low to 1 receding
    eyes: str  # a name of EYES
    brow_thickness: float  # 0.6 to 1.5
    beard: float  # 0 none to 1 strong stubble
    clothes: tuple[float, float, float]  # linear RGB
    shape: tuple[float, ...]  # SHAPES weights, deviation 1

    @property
    def fitzpatrick(self) -> int:
        """Fitzpatrick type, 1 to 6."""
        return self.tone.fitzpatrick

    @property
    def monk(self) -> int:
        """Monk tone, 1 to 10."""
        return self.tone.monk

    @property
    def ita_degrees(self) -> float:
        """Typology angle of the bare skin, degrees."""
        return self.tone.ita_degrees

    def points(self) -> NDArray[np.float32]:
        """Return this person's 468 points at rest: millimetres, the frame of the canonical face."""
        return shaped(canonical_face(), np.asarray(self.shape, np.float32), self.sex)


def sample_identity(seed: int, *, fitzpatrick: int | None = None) -> Identity:
    """Return the person of this seed; give `fitzpatrick` (1 to 6) to ask for a skin type.

    Raises ValueError for a type outside 1 to 6.
    """
    rng = stream(seed, "identity")
    drawn = int(rng.integers(1, 7))
    tone = sample_tone(stream(seed, "tone"), drawn if fitzpatrick is None else fitzpatrick)
    sex: Sex = "female" if rng.random() < 0.6 else "male"
    age = int(rng.integers(20, 71))
    clothes = rng.choice(
        [(0.03, 0.04, 0.08), (0.35, 0.35, 0.36), (0.02, 0.02, 0.02), (0.15, 0.03, 0.04),
         (0.04, 0.10, 0.08), (0.55, 0.53, 0.50), (0.12, 0.16, 0.28)]
    )  # fmt: skip
    return Identity(
        seed=seed,
        tone=tone,
        sex=sex,
        age=age,
        hair=_hair(stream(seed, "hair"), tone.fitzpatrick, age),
        hair_length=float(rng.uniform(0.3, 1.0) if sex == "female" else rng.uniform(0.0, 0.15)),
        swept=bool(stream(seed, "hair style").random() < 0.5),
        hairline=float(rng.uniform(-1, 0.5) if sex == "female" else rng.uniform(-0.7, 1)),
        eyes=_eyes(stream(seed, "eyes"), tone.fitzpatrick),
        brow_thickness=float(rng.uniform(0.6, 1.0) if sex == "female" else rng.uniform(0.9, 1.4)),
        beard=float(rng.uniform(0.1, 0.8)) if sex == "male" else 0.0,
        clothes=(float(clothes[0]), float(clothes[1]), float(clothes[2])),
        shape=tuple(float(value) for value in np.clip(rng.standard_normal(SHAPES), -2, 2)),
    )


def _hair(rng: np.random.Generator, fitzpatrick: int, age: int) -> str:
    grey = rng.random() < max(0.0, (age - 42) / 45)
    light = ("blond", "brown", "red", "dark brown")[int(rng.choice(4, p=[0.3, 0.4, 0.1, 0.2]))]
    middle = "dark brown" if rng.random() < 0.5 else "black"
    if grey:
        return "grey"
    return light if fitzpatrick <= 2 else middle if fitzpatrick <= 4 else "black"


def _eyes(rng: np.random.Generator, fitzpatrick: int) -> str:
    if fitzpatrick <= 2:
        return ("blue", "grey", "green", "hazel", "brown")[int(rng.integers(5))]
    if fitzpatrick == 3:
        return ("hazel", "brown", "dark brown")[int(rng.integers(3))]
    return "brown" if rng.random() < 0.3 and fitzpatrick == 4 else "dark brown"


def _near(points: NDArray[np.float32], centre: tuple[float, float, float], radius: float
          ) -> NDArray[np.float32]:  # fmt: skip
    """Return a smooth weight (n, 1), 1 at the centre and on its mirror image, fading outwards."""
    weight = np.zeros(len(points), np.float32)
    for side in (1, -1):
        away = points - np.array([side * centre[0], centre[1], centre[2]], np.float32)
        weight = np.maximum(weight, np.exp(-(away**2).sum(axis=1) / (2 * radius**2)))
    return np.asarray(weight[:, None], np.float32)


def shaped(
    points: NDArray[np.float32], weights: NDArray[np.float32], sex: Sex
) -> NDArray[np.float32]:
    """Return points moved by a person's shape weights: any (n, 3) in the canonical frame.

    The ten modes are smooth stretches of face, jaw, nose, lips, eyes and brow of a few millimetres,
    the size of ordinary differences between people (Farkas 1994, deviations of 2 to 5 mm).
    """
    male = 1.0 if sex == "male" else -0.6
    out = points.copy()
    x, y = points[:, :1], points[:, 1:2]
    side = np.sign(x) * np.minimum(np.abs(x) / 8, 1)
    lower = np.clip((y - 20) / 70, 0, 1.2)
    right, down, back = np.eye(3, dtype=np.float32)
    out += x * (0.030 * weights[0]) * right
    out += y * (0.028 * weights[1]) * down
    out += side * lower * (2.2 * weights[2] + 2.0 * male) * right
    out += lower * (1.6 * weights[3] + 0.8 * male) * down
    nose = _near(points, (0, 2, -70), 16)
    out += nose * (2.0 * weights[4] + 0.6 * male) * -back
    out += _near(points, (14, 12, -58), 10) * side * (1.6 * weights[5] + 0.4 * male) * right
    out += (
        _near(points, (0, 42, -55), 13)
        * np.sign(y - 42)
        * np.minimum(abs(y - 42) / 3, 1)
        * (0.9 * weights[6] - 0.3 * male)
        * down
    )
    out += _near(points, (32, -25, -38), 16) * side * (1.4 * weights[7]) * right
    out += _near(points, (48, 0, -35), 20) * (1.8 * weights[8]) * (side * right - 0.5 * back)
    out += _near(points, (30, -45, -45), 14) * (1.2 * weights[9] - 0.8 * male) * down
    return np.asarray(out, np.float32)

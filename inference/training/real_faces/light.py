"""The photograph's own light and skin: where the light comes from, what is gloss, what tone."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.noise import Field
from inference.training.generator.skin import ita_degrees
from inference.training.generator.tones import melanin_for_ita
from inference.training.real_faces.surface import LUMA, Surface

BLOOD = 0.011  # volume fraction, the middle of the generator's tones
CHEEKS = (50, 280, 151, 117, 346, 205, 425)  # landmarks on cheeks and forehead
TONES = (-70.0, 60.0)  # typology angles the model of skin reaches, degrees
FROM_ABOVE = (0.75, 0.0, -0.15, -0.25)  # where too little skin is seen to fit a light
SURE = 0.9
RIDGE = 30.0  # pulls the fitted direction to none: faces differ in colour, not only in light
ROUNDS = 5
GLOSS_MOST = 0.25  # of the weakest channel


@dataclass(frozen=True)
class Lit:
    """What was found of one photograph."""

    level: float  # light from all around; with `towards`, about 1 on the skin on average
    towards: NDArray[np.float32]  # (3,) how much more falls on a normal along x, y, z
    body: NDArray[np.float32]  # (3,) linear colour of the skin in its even places
    ita: float  # typology angle, degrees
    melanin: float  # the generator's, of that tone
    gloss: Field  # (h, w) mirror-like light, neutral, of the surface's part

    def falls_on(self, normal: Field) -> Field:
        """Return the fitted light (h, w) on normals (h, w, 3), never below a third."""
        return np.clip(np.float32(self.level) + normal @ self.towards, 0.35, None)


def lit(surface: Surface) -> Lit:
    """Measure light, tone and gloss of a registered photograph."""
    body = _cheeks(surface)
    ita = ita_degrees(body)
    fitted = _fit(surface)
    melanin = melanin_for_ita(float(np.clip(ita, *TONES)), BLOOD)
    return Lit(
        float(fitted[0]), fitted[1:].astype(np.float32), body, ita, melanin, _gloss(surface, body)
    )


def _cheeks(surface: Surface) -> NDArray[np.float32]:
    """Return the median colour of some patches of cheek and forehead."""
    reach = max(3, round(5 * surface.per_mm))
    cheeks = []
    for k in CHEEKS:
        x, y = surface.points[k].astype(int)
        patch = surface.linear[max(y - reach, 0) : y + reach, max(x - reach, 0) : x + reach]
        if patch.size:
            cheeks.append(np.median(patch.reshape(-1, 3), axis=0))
    return np.asarray(np.median(np.array(cheeks), axis=0), np.float32)


def _fit(surface: Surface) -> NDArray[np.float64]:
    """Fit brightness = a + b · normal over the skin, robustly (iteratively reweighted)."""
    brightness = cv2.GaussianBlur(surface.linear @ LUMA, (0, 0), 4)
    pick = surface.skin > SURE
    pick &= np.indices(pick.shape).sum(axis=0) % 7 == 0
    if pick.sum() < 200:
        return np.array(FROM_ABOVE)
    normal = surface.normal[pick]
    normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-3)
    given = brightness[pick] / np.median(brightness[pick])
    terms = np.concatenate([np.ones((len(normal), 1)), normal], axis=1)
    weight = np.ones(len(given))
    ridge = np.diag([0.0, RIDGE, RIDGE, RIDGE])
    fitted = np.array(FROM_ABOVE)
    for _ in range(ROUNDS):
        weighed = (terms * weight[:, None]).T
        fitted = np.linalg.solve(weighed @ terms + ridge, weighed @ given)
        weight = 1 / (1 + ((terms @ fitted - given) / 0.1) ** 2)
    return fitted


def _gloss(surface: Surface, body: NDArray[np.float32]) -> Field:
    """Split off the gloss: neutral light on top of the body's colour.

    The dichromatic model (Shafer 1985): of body and gloss, blue over red tells the share. Kept to
    under half of each pixel's light, since a blue shadow is no gloss.
    """
    ratio = float(body[2] / max(float(body[0]), 1e-3))
    over = surface.linear[..., 2] - np.float32(0.92 * ratio) * surface.linear[..., 0]
    gloss = cv2.GaussianBlur(over / np.float32(max(1 - ratio, 0.2)), (0, 0), 0.25 * surface.per_mm)
    most = np.minimum(0.6, GLOSS_MOST * surface.linear.min(axis=2))
    return np.asarray(np.clip(gloss, 0, most), np.float32)

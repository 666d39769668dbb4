"""What lies over the skin of the face: eyes, lashes, brows, nostrils, the mouth's line, hair."""

from __future__ import annotations

import cv2
import numpy as np

from inference.training.generator.anatomy import mirrored
from inference.training.generator.chart import LIPS_INNER, Canvas
from inference.training.generator.eyes import draw_eye, lashes
from inference.training.generator.hair import brows, draw_hairline, stubble
from inference.training.generator.identity import HAIR, Identity
from inference.training.generator.maps import Cover

NOSTRIL = (20, 60, 75, 166, 79, 238)
MOUTH_COLOUR = (0.035, 0.010, 0.009)
NOSTRIL_COLOUR = (0.020, 0.008, 0.006)


def draw_features(identity: Identity, canvas: Canvas) -> Cover:
    """Return the cover over a person's skin."""
    colour = np.zeros((*canvas.shape, 3), np.float32)
    share = np.zeros(canvas.shape, np.float32)
    cover = Cover(colour, share, np.zeros(canvas.shape, np.float32))
    hair = np.array(HAIR[identity.hair], np.float32)
    _mouth_and_nostrils(canvas, cover)
    for right in (True, False):
        draw_eye(identity, canvas, cover, right=right)
    dark = np.array(HAIR["black"] if identity.fitzpatrick > 2 else HAIR["dark brown"], np.float32)
    cover.lay(lashes(identity, canvas), dark)
    brow = hair if identity.hair != "grey" else np.array(HAIR["dark brown"], np.float32)
    cover.lay(brows(identity, canvas), brow * np.float32(0.8))
    if identity.beard > 0:
        cover.lay(stubble(identity, canvas), hair)
    draw_hairline(identity, canvas, cover, hair)
    return cover


def _mouth_and_nostrils(canvas: Canvas, cover: Cover) -> None:
    mouth = canvas.filled(canvas.landmarks(*LIPS_INNER), 0.35)
    cover.lay(np.clip(mouth, 0, 0.92), np.array(MOUTH_COLOUR, np.float32))
    across = mirrored()
    for side in (NOSTRIL, tuple(int(across[index]) for index in NOSTRIL)):
        corners = canvas.landmarks(*side)
        middle = corners.mean(axis=0) + np.array([0, 0.8], np.float32) * canvas.scale
        hole = np.zeros(canvas.shape, np.uint8)
        size = (round(2.9 * canvas.scale * 16), round(1.7 * canvas.scale * 16))
        tilt = 20.0 if side is NOSTRIL else -20.0
        centre = (round(float(middle[0]) * 16), round(float(middle[1]) * 16))
        cv2.ellipse(hole, centre, size, -tilt, 0, 360, 255, -1, cv2.LINE_AA, 4)
        share = canvas.blurred(hole.astype(np.float32) / 255, 0.7)
        cover.lay(share * np.float32(0.9), np.array(NOSTRIL_COLOUR, np.float32))

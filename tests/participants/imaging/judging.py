"""Judging a photo in a line, and changing its light and grain by a known amount."""

from __future__ import annotations

from functools import cache

import numpy as np

from participants.imaging import measures
from participants.imaging.profiles import NORMAL
from participants.imaging.quality import QualityReport, assess_quality

from .people import FINDER, portrait


@cache
def good() -> np.ndarray:
    """A selfie-like photo: 1,400 px, the face two fifths of the frame's height."""
    return portrait(1400)


def assess(pixels, view="front", profile=NORMAL) -> QualityReport:
    return assess_quality(np.ascontiguousarray(pixels), view=view, profile=profile, finder=FINDER)


def codes(report: QualityReport, outcome: str | None = None) -> set[str]:
    return {reason.code for reason in report.reasons if outcome in (None, reason.outcome)}


def coded(light: np.ndarray) -> np.ndarray:
    """Linear light, 0 to 1, to 8-bit sRGB."""
    light = np.clip(light, 0, 1)
    srgb = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return (srgb * 255).round().astype(np.uint8)


def relit(pixels: np.ndarray, gains) -> np.ndarray:
    """The same scene under more, less or coloured light."""
    return coded(measures.LINEAR[pixels] * gains)


def noisy(pixels: np.ndarray, sigma: float) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, sigma, pixels.shape)
    return np.clip(pixels + noise, 0, 255).round().astype(np.uint8)

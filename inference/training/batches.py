"""What one step of training sees of the crops, from seed and step alone."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from inference.pipeline.grades import GRADES
from inference.training.augment import augment
from inference.training.config import Config, window_at
from inference.training.crops import Crops

MEAN = (0.55, 0.42, 0.36)
STD = (0.22, 0.19, 0.18)
WINDOW_MARGIN = 16  # pixels about a window, which turning and shifting it may bring in


def grade_weights(crops: Crops) -> NDArray[np.float32]:
    """Return (8, 4) weights by which each grade of a condition counts alike, 0.5 to 2."""
    counts = crops.shares.sum(axis=0)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    weights = np.clip(1 / (len(GRADES) * np.maximum(share, 1e-3)), 0.5, 2.0)
    return np.asarray(weights, np.float32)


def normalised(pixels: NDArray[np.uint8]) -> torch.Tensor:
    """uint8 (N, S, S, 3) to the network's input, float32 (N, 3, S, S)."""
    values = (pixels.astype(np.float32) / 255 - np.array(MEAN, np.float32)) / np.array(
        STD, np.float32
    )
    return torch.from_numpy(np.ascontiguousarray(values.transpose(0, 3, 1, 2)))


def window_of(
    crop: NDArray[np.uint8], side: int, rng: np.random.Generator, tries: int = 3
) -> NDArray[np.uint8]:
    """Return of a few random windows the one with the most skin (what is filled is even)."""
    corners = rng.integers(0, crop.shape[0] - side + 1, (tries, 2))
    windows = [crop[y : y + side, x : x + side] for y, x in corners]
    return max(windows, key=lambda w: np.count_nonzero(w[:, 1:, 1] != w[:, :-1, 1]))


def batch_of(crops: Crops, config: Config, step: int) -> tuple[torch.Tensor, ...]:
    """Return input, severities (N, 8), which of them are known and how exactly, of one step.

    `crops.pixels` are prepared by the recipe. Without augmentation a crop is only mirrored by
    chance; windows are taken either way.
    """
    rng = np.random.default_rng([config.seed, step])
    rows = rng.choice(len(crops.pixels), config.batch, replace=len(crops.pixels) < config.batch)
    side = window_at(config, step)
    pixels = np.stack([_example(crops.pixels[row], config, side, rng) for row in rows])
    severity = np.nan_to_num(crops.severity[crops.photo[rows]])
    known = crops.known[rows].astype(np.float32)
    spread = np.zeros_like(severity)
    if crops.spread.size:
        spread = np.nan_to_num(crops.spread[crops.photo[rows]])
    labels = (torch.from_numpy(values) for values in (severity, known, spread))
    return normalised(pixels), *labels


def _example(
    crop: NDArray[np.uint8], config: Config, side: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """One crop, or a window of it. The window is cut, with a margin, before it is changed, since
    what lies outside costs as much."""
    wide = min(side + WINDOW_MARGIN, config.size)
    crop = window_of(crop, wide, rng) if wide < config.size else crop
    if config.augmentation:
        crop = augment(crop, rng)
    elif rng.random() < 0.5:
        crop = crop[:, ::-1]
    edge = (crop.shape[0] - side) // 2
    return crop[edge : edge + side, edge : edge + side]

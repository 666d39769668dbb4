"""Everything that decides a training run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from inference.training.dataset import Settings

# What real faces teach, each arm with everything of those before it. The first is the control:
# the same steps without any.
Arm = Literal["drawn", "bare", "painted", "gaps", "nuisances"]
ARMS: tuple[Arm, ...] = get_args(Arm)


@dataclass(frozen=True)
class Config:
    """Everything that decides a run."""

    width: float = 0.25
    steps: int = 6000
    batch: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up: int = 100
    # (share of the steps, side in pixels): until then only a window of each crop is seen.
    windows: tuple[tuple[float, int], ...] = ((0.5, 64), (0.8, 96))
    average: float = 0.998  # of the weights that are kept, per step
    photos: int = 400
    seed: int = 1
    size: int = 128
    window_mm: float = 40.0
    recipe: str = "standard@1"
    augmentation: bool = True
    data: str | None = None  # the folder of an import, trained on instead of generated faces
    arm: Arm = "drawn"  # what real faces teach beside the generated ones
    pairs: str | None = None  # the folder of their pairs (`real_faces.build`); no arm but drawn
    pair_batch: int = 8  # pairs a step, each of two crops
    pair_weight: float = 20.0  # of what must differ, and what must not
    label_weight: float = 0.7  # of what each side of a pair is
    phones: bool = False  # generated photos go through the phones that real ones go through
    start: str | None = None  # another run or a package, whose network this begins with

    @property
    def settings(self) -> Settings:
        return Settings(size=self.size, window_mm=self.window_mm, phones=self.phones)


def window_at(config: Config, step: int) -> int:
    """Return the side in pixels that a step sees of each crop.

    Windows cost a fraction of whole crops, and the scale learnt from them stays the same, since the
    network is convolutional.
    """
    done = step / config.steps
    return next((side for share, side in config.windows if done < share), config.size)


def rate_at(config: Config, step: int) -> float:
    """Linear warm-up, then half a cosine down to a hundredth."""
    if step < config.warm_up:
        return config.learning_rate * (step + 1) / config.warm_up
    done = (step - config.warm_up) / max(config.steps - config.warm_up, 1)
    return config.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))

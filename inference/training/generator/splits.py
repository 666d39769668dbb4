"""Which seeds belong to training, validation and test, so that nothing leaks between them.

An identity's seed decides its tone, shape, hair and the pattern of every condition; a camera's seed
decides light, pose, blur, noise and colour. Both are taken from ranges that do not overlap, and
both ranges of a split are its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from inference.training.generator.identity import Identity, sample_identity

Split = Literal["train", "validation", "test", "demo"]


@dataclass(frozen=True)
class Range:
    """Seeds from `first` up to, not including, `end`."""

    first: int
    end: int

    def __contains__(self, seed: int) -> bool:
        return self.first <= seed < self.end


IDENTITIES: dict[Split, Range] = {
    "train": Range(1_000_000, 5_000_000),
    "validation": Range(5_000_000, 6_000_000),
    "test": Range(6_000_000, 7_000_000),
    "demo": Range(7_000_000, 8_000_000),
}
CAMERAS: dict[Split, Range] = {
    "train": Range(10_000_000, 50_000_000),
    "validation": Range(50_000_000, 60_000_000),
    "test": Range(60_000_000, 70_000_000),
    "demo": Range(70_000_000, 80_000_000),
}


def identity_seed(split: Split, index: int) -> int:
    """Return the seed of the split's identity number `index`, from 0.

    Raises IndexError past the end of the split.
    """
    return _seed(IDENTITIES[split], index)


def camera_seed(split: Split, index: int) -> int:
    """Return the seed for photo number `index` of the split: its camera, light and pose.

    Raises IndexError past the end of the split.
    """
    return _seed(CAMERAS[split], index)


def split_identities(split: Split, count: int) -> Iterator[Identity]:
    """Give `count` identities of a split, the six Fitzpatrick types in turn."""
    for index in range(count):
        yield sample_identity(identity_seed(split, index), fitzpatrick=1 + index % 6)


def split_of(seed: int) -> Split | None:
    """Return the split an identity's seed belongs to, or None when it is in none."""
    return next((split for split, seeds in IDENTITIES.items() if seed in seeds), None)


def _seed(seeds: Range, index: int) -> int:
    if not 0 <= index < seeds.end - seeds.first:
        raise IndexError(f"this split has {seeds.end - seeds.first} seeds, there is no {index}")
    return seeds.first + index

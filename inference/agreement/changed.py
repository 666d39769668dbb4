"""Grades of one model against those of another, as a table."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Changed:
    """Grades of the first model against those of the second, counted in photos."""

    first: list[str]
    second: list[str]
    counts: list[list[int]]  # [first][second]
    up: int
    down: int

    @property
    def photos(self) -> int:
        return sum(map(sum, self.counts))

    @property
    def changed(self) -> int:
        """Photos whose grade has another name, or another place, in the second model."""
        return self.photos - sum(
            count
            for name, row in zip(self.first, self.counts, strict=True)
            for other, count in zip(self.second, row, strict=True)
            if name == other
        )

    @property
    def share(self) -> float:
        """Share of photos whose grade changed, in per cent."""
        return 100 * self.changed / self.photos if self.photos else 0.0


def changed_grades(
    pairs: Sequence[tuple[str, str]], first: Sequence[str], second: Sequence[str]
) -> Changed:
    """The table of ``pairs`` (grade by the first, by the second), in the cards' orders.

    Up and down are told by place, as a share of each model's own scale.
    """
    places, others = _places(first), _places(second)
    counts = [[0] * len(second) for _ in first]
    up = down = 0
    for old, new in pairs:
        if old not in places or new not in others:
            continue
        counts[list(first).index(old)][list(second).index(new)] += 1
        up += others[new] > places[old]
        down += others[new] < places[old]
    return Changed(list(first), list(second), counts, up, down)


def _places(grades: Sequence[str]) -> dict[str, float]:
    return {grade: k / max(len(grades) - 1, 1) for k, grade in enumerate(grades)}

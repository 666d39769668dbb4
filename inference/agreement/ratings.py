"""What readers said of the same cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Ratings:
    """Cases in rows, readers in columns.

    Attributes:
        values: (S, R); NaN where a reader did not grade the case. Grades are their place on the
            scale, 0 to ``grades - 1``; other scales are in their own unit.
        people: (S,), whose each case is. Cases of one person resemble each other, so whole people
            are drawn anew for an interval.
        grades: How many grades the scale has; ``None`` for a line or a count.
    """

    values: Floats
    people: Ints
    grades: int | None = None

    @classmethod
    def of(
        cls,
        values: ArrayLike,
        *,
        people: Sequence[object] | None = None,
        grades: int | None = None,
    ) -> Ratings:
        """Check and take; without ``people`` each case is another person's.

        Raises:
            ValueError: not cases by readers, another number of people than of cases, or a grade
                that the scale does not have.
        """
        array = np.asarray(values, np.float64)
        if array.ndim != 2:
            raise ValueError("ratings are cases by readers")
        whose = np.arange(len(array)) if people is None else _places(people)
        if len(whose) != len(array):
            raise ValueError("each case is somebody's")
        given = array[np.isfinite(array)]
        if grades is not None and (np.any(given % 1) or np.any((given < 0) | (given >= grades))):
            raise ValueError(f"grades are 0 to {grades - 1}")
        return cls(array, whose, grades)

    @property
    def readers(self) -> int:
        return int(self.values.shape[1])

    def of_readers(self, *columns: int) -> Ratings:
        """The same cases by fewer readers, in the order of ``columns``."""
        return Ratings(self.values[:, list(columns)], self.people, self.grades)

    def complete(self) -> Floats:
        """(S,), 1 for each case that every reader graded, else 0."""
        return np.asarray(np.isfinite(self.values).all(axis=1), np.float64)

    def counts(self) -> Floats:
        """(S, K): how many readers gave each grade.

        Raises:
            ValueError: the scale has no grades.
        """
        if self.grades is None:
            raise ValueError("this scale has no grades")
        said = [(self.values == grade).sum(axis=1) for grade in range(self.grades)]
        return np.stack(said, axis=1).astype(np.float64)


def _places(people: Sequence[object]) -> Ints:
    """Each person's number, in the order they come."""
    number: dict[object, int] = {}
    return np.array([number.setdefault(one, len(number)) for one in people], np.int64)

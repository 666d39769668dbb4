"""Reading studies: what is graded, by whom, in which order, and what they said."""

from inference.reading.models.orders import Case, Seat, Turn
from inference.reading.models.said import Adjudication, Consensus, Reading
from inference.reading.models.study import Anchor, ReadingStudy, Scale

__all__ = [
    "Adjudication",
    "Anchor",
    "Case",
    "Consensus",
    "Reading",
    "ReadingStudy",
    "Scale",
    "Seat",
    "Turn",
]

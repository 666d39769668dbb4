"""Scales to begin with, in words of this product's own; a manager makes them the study's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from inference.reading.scales import Kind

Grades = tuple[tuple[str, str], ...]

FOUR: Final[Grades] = (
    ("None", "No sign of it."),
    ("Mild", "There, but only noticed when looked for."),
    ("Moderate", "Noticed at first glance."),
    ("Severe", "Dominates what one sees."),
)
FIVE: Final[Grades] = (
    ("None", "No sign of it."),
    ("Hardly any", "Only seen when enlarged."),
    ("Mild", "There, but only noticed when looked for."),
    ("Moderate", "Noticed at first glance."),
    ("Severe", "Dominates what one sees."),
)


@dataclass(frozen=True)
class Template:
    """A scale to begin with; ``title`` is as a list of them says."""

    title: str
    kind: Kind
    grades: Grades = ()
    of_condition: bool = True  # False: by its nature of one condition or area


TEMPLATES: Final = {
    "grades-4": Template("Grades 0 to 3", Kind.GRADES, FOUR),
    "grades-5": Template("Grades 0 to 4", Kind.GRADES, FIVE),
    "line": Template("A line from 0 to 100", Kind.LINE),
    "count": Template("Counted lesions", Kind.COUNT),
    "masi": Template("MASI: melasma by four areas, 0 to 48", Kind.MASI),
    "mmasi": Template("mMASI: the same without homogeneity, 0 to 24", Kind.MMASI),
    "easi": Template("EASI of head and neck, 0 to 7.2", Kind.EASI),
}
QUESTIONS: Final = {
    Kind.GRADES: "How much of it do you see?",
    Kind.LINE: "How much of it do you see, from none (0) to the most there can be (100)?",
    Kind.COUNT: "How many do you count?",
    Kind.MASI: "Grade each area: how much of it is affected, how dark, how even.",
    Kind.MMASI: "Grade each area: how much of it is affected, how dark.",
    Kind.EASI: "Grade head and neck: how much of it is affected, and each sign.",
}
# By nature of one condition: proposed where the study assesses it.
CONDITIONS: Final = {Kind.MASI: "melasma", Kind.MMASI: "melasma", Kind.EASI: "dermatitis"}

"""The fifteen items of GRRAS, in own words, filled in where the product knows the answer.

Kottner et al., J Clin Epidemiol 64 (2011) 96-106.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inference.reading.models import ReadingStudy
from inference.results.services.methods import chosen_photos, counted, listed, repeats_words
from inference.results.words import estimate_words, number_words

Shape = Mapping[str, Any]
YOURS = "Yours to write."


@dataclass(frozen=True)
class Item:
    """What is asked, and what the product knows of it; ``left`` says what remains to be written."""

    number: int
    part: str
    asked: str
    known: str
    left: str = ""


def grras_of(study: ReadingStudy, figures: Shape) -> list[Item]:
    """The checklist of a closed reading study."""
    return [*_before(figures), *_methods(study, figures), *_results(figures)]


def _before(figures: Shape) -> list[Item]:
    scales = listed([f"{scale['title']} ({scale['kind_label']})" for scale in figures["scales"]])
    return [
        Item(1, "Title and abstract", "Title or abstract says that agreement or reliability, "
             "between or within readers, was studied.", _kinds(figures), YOURS),
        Item(2, "Introduction", "The instrument or scale is named and described.", scales,
             "Add where a scale was published, if it was."),
        Item(3, "Introduction", "Whom it is meant to be used on.", "",
             "Yours to write: the participants that the result is to hold for."),
        Item(4, "Introduction", "Who is meant to use it.", "",
             "Yours to write: training and experience of those who would read."),
        Item(5, "Introduction", "What is known of its agreement, and why to study it again.", "",
             YOURS),
    ]  # fmt: skip


def _kinds(figures: Shape) -> str:
    kinds = []
    if len(figures["readers"]) > 1:
        kinds.append("between readers")
    if any(reader["repeats"] for reader in figures["readers"]):
        kinds.append("within readers")
    if any(scale["network"].get("scored") for scale in figures["scales"]):
        kinds.append("of a network with readers")
    return f"Agreement {listed(kinds)}." if kinds else ""


def _methods(study: ReadingStudy, figures: Shape) -> list[Item]:
    primary = listed([f"{s['title']}: {s['primary_label']}" for s in figures["scales"]])
    return [
        Item(6, "Methods", "How the numbers of readers, cases and repeats were chosen.",
             f"Planned: {_planned(study, figures)}",
             "Yours to write: why these numbers; the product computes no sample size."),
        Item(7, "Methods", "How cases and readers were chosen.", chosen_photos(study),
             "Add how readers were chosen."),
        Item(8, "Methods", "How rating went: time between repeats, what readers knew, blinding.",
             f"Blind to code, date, order of visits, site, arm, scores and others' grades. "
             f"{repeats_words(study)}", "Add screens, light and place of reading."),
        Item(9, "Methods", "Whether readings were independent.",
             "Yes: each reader in an order of their own, none with another's grades in sight; no "
             "results were shown to anybody before closing."),
        Item(10, "Methods", "The statistical analysis.",
             f"Primary, fixed before opening: {primary}. The methods paragraph has the rest."),
    ]  # fmt: skip


def _planned(study: ReadingStudy, figures: Shape) -> str:
    cases = counted(study.sample, "case") if study.sample else "every photograph that fits"
    return (
        f"{cases}, {counted(len(figures['readers']), 'reader')}, "
        f"{study.repeats_percent} % of cases twice."
    )


def _results(figures: Shape) -> list[Item]:
    repeats = sum(reader["repeats"] for reader in figures["readers"])
    found = "; ".join(
        f"{scale['title']}: {scale['primary_label']} {estimate_words(scale['coefficients'][0])}"
        for scale in figures["scales"]
        if scale["coefficients"]
    )
    return [
        Item(11, "Results", "How many readers and cases there were in the end, and how many "
             "repeats.", f"{counted(len(figures['readers']), 'reader')}, "
             f"{counted(figures['cases'], 'case')} of "
             f"{counted(figures['people'], 'participant')}, "
             f"{number_words(figures['readings'])} readings, {number_words(repeats)} of them "
             "repeats."),
        Item(12, "Results", "What readers and cases were like.",
             "Groups of cases by visit, skin type, sex, age, site and camera are in the results.",
             "Add readers' training and experience."),
        Item(13, "Results", "Estimates of reliability and agreement with their uncertainty.",
             f"{found}. All others with intervals are in the results." if found else
             "One reader: there is nothing between readers to estimate."),
        Item(14, "Discussion", "What the results mean in practice.", "", YOURS),
        Item(15, "Further material", "Detailed results are made available.",
             "The whole results and each figure's numbers can be downloaded as CSV.",
             "Say where you put them."),
    ]  # fmt: skip

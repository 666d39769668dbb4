"""What is asked at screening: the criteria, and what is known of somebody by code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from participants.allocation.services.by_hand import given_by_hand
from participants.people.models import Participant
from participants.visits import services as visits
from studies.amendments.services.reading import arms_of, criteria_of, version_at
from studies.platform.errors import invalid
from studies.protocol.models import Arm, EligibilityCriterion, Site, Study

AGE = "age-in-range"
ROMAN = ("I", "II", "III", "IV", "V", "VI")  # Fitzpatrick types are written so
Kind = EligibilityCriterion.Kind


@dataclass(frozen=True)
class Line:
    """A line of the checklist; ``wanted`` is the answer of someone who is eligible."""

    code: str
    kind: str
    text: str

    @property
    def wanted(self) -> bool:
        return self.kind == Kind.INCLUSION


@dataclass(frozen=True)
class Details:
    """What is known of a participant by code. Skin tones are ``None`` when not assessed."""

    year_of_birth: int
    sex: str
    ethnicity: str
    fitzpatrick: int | None = None
    monk_tone: int | None = None
    language: str = "en"


def checklist(study: Study, site: Site | None = None) -> list[Line]:
    """The age line, which every study has, then the study's criteria in their order.

    They are those of the version of the protocol that ``site`` follows today; else of the newest.

    The year of birth alone cannot tell who has had a birthday this year, so the person who
    screens answers for the age.
    """
    upper = f" to {study.max_age}" if study.max_age is not None else " or older"
    age = Line(AGE, Kind.INCLUSION, f"Is {study.min_age}{upper} years old today")
    criteria = study.criteria.all()
    if site is not None:
        criteria = criteria_of(study, version_at(site, visits.today(site)))
    ordered = sorted(criteria, key=lambda c: (c.kind != Kind.INCLUSION, c.order, c.pk))
    return [age, *(Line(c.code, c.kind, c.text) for c in ordered)]


def arms_open(site: Site) -> QuerySet[Arm]:
    """The arms to choose from at enrolment: those of the version of the protocol that ``site``
    follows today; none where the arm is not given by hand."""
    if not given_by_hand(site.study):
        return Arm.objects.none()
    return arms_of(site.study, version_at(site, visits.today(site)))


def answered(lines: list[Line], answers: Mapping[str, bool]) -> list[dict[str, Any]]:
    """The lines as ``Screening`` keeps them: worded as asked, with answer and whether it fits."""
    return [
        {"code": line.code, "kind": line.kind, "text": line.text}
        | {"answer": answers[line.code], "met": answers[line.code] is line.wanted}
        for line in lines
    ]


def require_valid(
    study: Study, lines: list[Line], answers: Mapping[str, bool], details: Details
) -> None:
    """Refuse answers that are missing and details out of range.

    Raises:
        Invalid: ``detail`` names which.
    """
    problems: dict[str, str] = {
        line.code: "Answer yes or no." for line in lines if line.code not in answers
    }
    year = visits.today(study).year
    problem = _age_problem(study, details.year_of_birth, year, answers.get(AGE, False))
    if problem:
        problems["year_of_birth"] = problem
    problems |= details_problems(study, details)
    if problems:
        raise invalid("Nothing was recorded yet; please check the form.", problems)


def details_problems(study: Study, details: Details) -> dict[str, str]:
    """What is out of range in ``details``, by name; the age is asked about apart."""
    problems: dict[str, str] = {}
    if details.sex not in Participant.Sex.values:
        problems["sex"] = "Choose one of the list."
    if details.ethnicity not in Participant.Ethnicity.values:
        problems["ethnicity"] = "Choose one of the list."
    if details.fitzpatrick is not None and not 1 <= details.fitzpatrick <= 6:
        problems["fitzpatrick"] = "Fitzpatrick types are I to VI."
    if details.monk_tone is not None and not 1 <= details.monk_tone <= 10:
        problems["monk_tone"] = "Monk skin tones are 1 to 10."
    if details.language not in languages(study):
        problems["language"] = "The study is not offered in this language."
    return problems


def languages(study: Study) -> list[str]:
    """The languages a participant may choose; English where the study names none."""
    return list(study.languages) or ["en"]


def _age_problem(study: Study, born: int, year: int, said_in_range: bool) -> str:
    """Why a year of birth cannot be right; someone born ``born`` is one of two ages this year."""
    if not 1900 <= born <= year:
        return f"Enter a year from 1900 to {year}."
    youngest, oldest = year - born - 1, year - born
    if said_in_range and oldest < study.min_age:
        return f"Born in {born}, nobody is {study.min_age} yet. Check the year and the first line."
    if said_in_range and study.max_age is not None and youngest > study.max_age:
        return f"Born in {born}, one is over {study.max_age}. Check the year and the first line."
    return ""

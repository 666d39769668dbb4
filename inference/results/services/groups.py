"""The primary coefficient by what cases have in common."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from inference.reading.models import Scale
from inference.reading.scales import Kind
from inference.results.coefficients import coefficients_for
from inference.results.services.frame import CaseRow, Frame, age_group, columns_with_most
from participants.people.models import Participant
from studies.protocol.models import View, VisitDefinition

if TYPE_CHECKING:
    from inference.agreement.intervals import Draws
    from inference.agreement.ratings import Ratings

FEWEST_CASES: Final = 20
FEWEST_PEOPLE: Final = 10
ROMAN: Final = ("I", "II", "III", "IV", "V", "VI")

TITLES: Final = {
    "view": "View",
    "visit": "Visit",
    "stratum": "Stratum of the sample",
    "fitzpatrick": "Skin type (Fitzpatrick)",
    "sex": "Sex",
    "age": "Age, when reading opened",
    "site": "Site",
    "camera": "Camera",
}


def groups_of(frame: Frame, scale: Scale, ratings: Ratings, draws: Draws) -> list[dict[str, Any]]:
    """Each grouping with two groups at least; a group that is too small has only its number."""
    if ratings.readers < 2:
        return []
    visits = dict(
        VisitDefinition.objects.filter(study=frame.study.study_id).values_list("code", "name")
    )
    found = []
    for code, title in TITLES.items():
        rows: dict[str, list[int]] = defaultdict(list)
        for row, case in enumerate(frame.cases):
            rows[_group(frame, case, code, visits)].append(row)
        if len(rows) > 1:
            levels = [
                _level(scale, ratings, name, rows[name], draws)
                for name in sorted(rows, key=lambda name: (not name, _order(name, visits)))
            ]
            found.append({"code": code, "title": title, "levels": levels})
    return found


def _group(frame: Frame, case: CaseRow, code: str, visits: dict[str, str]) -> str:
    if code == "view":
        return View(case.view).label if case.view in View.values else case.view
    if code == "visit":
        return visits.get(case.visit, case.visit)
    if code == "fitzpatrick":
        return ROMAN[case.fitzpatrick - 1] if case.fitzpatrick else ""
    if code == "sex":
        return Participant.Sex(case.sex).label if case.sex else ""
    if code == "age":
        opened = frame.study.opened_at or timezone.now()
        return age_group(case.year_of_birth, opened.year)
    return str(getattr(case, code))


def _order(name: str, visits: dict[str, str]) -> tuple[int, str]:
    """Visits as the protocol has them, ages from young to old, everything else by name."""
    if name == "under 18":
        return -1, name
    named = list(visits.values())
    return (named.index(name) if name in named else 0), name


def _level(
    scale: Scale, ratings: Ratings, name: str, rows: list[int], draws: Draws
) -> dict[str, Any]:
    import numpy as np

    from inference.agreement.intervals import estimate
    from inference.agreement.ratings import Ratings

    named = coefficients_for(Kind(scale.kind), scale.primary)[0]
    whole = columns_with_most(ratings.values)
    columns = whole if named.whole and len(whole) >= 2 else range(ratings.readers)
    part = ratings.of_readers(*columns)
    part = Ratings(part.values[rows], part.people[rows], part.grades)
    twice = np.isfinite(part.values).sum(axis=1) >= 2
    cases, people = int(twice.sum()), len(set(part.people[twice].tolist()))
    level = {"name": name or "not known", "cases": cases, "people": people, "few": True}
    if cases < FEWEST_CASES or people < FEWEST_PEOPLE:
        return level
    found = estimate(named.make(len(scale.grades), part.readers), part, draws=draws)
    return level | {
        "few": False,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "why": found.why,
    }

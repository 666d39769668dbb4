"""One person of the analysis set: who they are, and their severities by visit."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from inference.change.figures.peers import Cell, age_group, skin_group
from participants.allocation.services.randomising import levels_of, values_of
from participants.people.models import Participant
from studies.protocol.models import Study, VisitDefinition
from studies.randomisation.factors import LABELS, Factor, NoLevel, factor_of
from studies.randomisation.models import Scheme

# Why somebody has no change at a visit, in the order in which it is told.
REASONS = {
    "missed": "Visit missed",
    "cancelled": "Visit cancelled",
    "to_come": "Visit to come",
    "not_planned": "Visit not planned for them",
    "not_scored": "No score of this view",
    "not_assessable": "Not assessable",
    "no_baseline": "No score at the first visit",
    "other_model": "Scored by another model than at the first visit",
}
YET = ("to_come", "not_planned")  # what nobody could have yet


@dataclass(frozen=True)
class Column:
    """A planned visit; ``day`` counts from day 0."""

    code: str
    name: str
    day: int


@dataclass
class Subject:
    """One person: ``severities`` and ``packages`` by the code of the visit."""

    key: int
    code: str
    site: str
    group: str
    strata: Mapping[str, str]
    cell: Cell
    severities: dict[str, float] = field(default_factory=dict)
    packages: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    smallest: float | None = None

    def change(self, visit: str, first: str) -> float | None:
        """Severity at ``visit`` less that at ``first``; ``None`` where ``reasons`` says why."""
        if self.reasons.get(visit) or first not in self.severities:
            return None
        return self.severities[visit] - self.severities[first]


def factors_of(study: Study) -> list[Factor]:
    """What the newest scheme stratifies or balances by, but for the site, which is always there."""
    scheme = Scheme.objects.filter(study=study).exclude(state=Scheme.State.DRAFT).last()
    kept = [factor_of(one) for one in scheme.factors] if scheme else []
    return [factor for factor in kept if factor.name != "site"]


def levels_of_person(person: Participant, factors: list[Factor], stratum: str) -> dict[str, str]:
    """The person's levels: as they were when an arm was given, else by what is known now."""
    kept = levels_of(stratum) if stratum else {}
    values = values_of(person)
    levels = {"site": kept.get("site", person.site.code)}
    for factor in factors:
        try:
            levels[factor.name] = kept.get(factor.name) or factor.level_of(values[factor.name])
        except NoLevel:
            levels[factor.name] = "not known"
    return levels


def cell_of(person: Participant) -> Cell:
    """Age group and skin type; an empty one is not known."""
    enrolled, born = person.enrolled_on, person.year_of_birth
    age = enrolled.year - born if enrolled and born else None
    return age_group(age), skin_group(person.fitzpatrick)


def planned_visits(study: Study, view: str) -> list[Column]:
    """The planned visits that ask for ``view``, by day; the newest version says when."""
    rows = VisitDefinition.every.filter(study=study, unscheduled=False, repeat=False)
    newest: dict[str, VisitDefinition] = {
        row.code: row for row in rows.order_by("first_version", "pk")
    }
    ordered = sorted(newest.values(), key=lambda row: (row.day_offset, row.code))
    return [Column(row.code, row.name, row.day_offset) for row in ordered if view in row.views]


def label_of(factor: str) -> str:
    """A stratification variable in words."""
    return LABELS.get(factor, factor)

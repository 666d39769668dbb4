"""The severities of a study by person and visit, of one condition, region and view.

Read through ``visible_to``, as exports are: nobody whose data are locked, nothing of a photo that
is kept out, the scores that count and no others. A visit's repeat only measures noise, and an
unscheduled visit is at a place of its own: neither is in a mean.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from inference.change.services.subjects import (
    Column,
    Subject,
    cell_of,
    factors_of,
    levels_of_person,
    planned_visits,
)  # fmt: skip
from inference.packages.models import ModelPackage
from inference.scoring.models import Score
from inference.scoring.services.change import smallest_changes
from inference.scoring.services.scores import HEAVY, current_scores
from participants.allocation.models import Allocation
from participants.allocation.services.reading import arm_refusal, given_to, knows_arms_at
from participants.people.models import Participant
from participants.people.models.participant import ParticipantQuerySet
from participants.visits.models import WAITING, Visit
from participants.visits.services import days_here
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.models import Arm, Study


@dataclass(frozen=True)
class Asked:
    """What is looked at, by whom, with which right."""

    study: Study
    user: User
    condition: str
    region: str
    view: str
    by_arm: bool = False
    against: str = ""
    permission: Permission = Permission.SCORE_VIEW


@dataclass(frozen=True)
class Series:
    """Everybody in the analysis set, and what is said of the set.

    ``groups``: code → name; one of an empty code where all are together. ``without_arm`` and
    ``locked`` count those enrolled who are not in the set; ``unscheduled`` scores left out.
    """

    asked: Asked
    columns: list[Column]
    subjects: list[Subject]
    groups: dict[str, str]
    strata: tuple[str, ...]
    packages: list[ModelPackage]
    without_arm: int = 0
    locked: int = 0
    unscheduled: int = 0

    @property
    def first(self) -> Column | None:
        """The first planned visit with this view, which changes are counted from."""
        return self.columns[0] if self.columns else None

    @property
    def later(self) -> list[Column]:
        return self.columns[1:]

    @property
    def demonstrator(self) -> bool:
        return any(package.demonstrator for package in self.packages)

    @property
    def scored(self) -> bool:
        return any(subject.severities for subject in self.subjects)

    def of(self, group: str) -> list[Subject]:
        return [subject for subject in self.subjects if subject.group == group]

    def changes(self, visit: str, group: str | None = None) -> list[float]:
        """The changes at ``visit`` of those who have one, in ``group`` or in all."""
        first = self.columns[0].code
        people = self.subjects if group is None else self.of(group)
        found = (subject.change(visit, first) for subject in people)
        return [change for change in found if change is not None]


def may_group(study: Study, user: User, permission: Permission = Permission.SCORE_VIEW) -> bool:
    """Whether ``user`` may be shown the people they see by arm: as the CONSORT flow has it."""
    sites = set(_people(study, user, permission).order_by().values_list("site", flat=True))
    return knows_arms_at(user, study, sites)


def series_of(asked: Asked) -> Series:
    """The series that ``asked`` names, as far as its user may see.

    In the set is who was enrolled, and, once anybody has an arm, who has one: as in the flow of
    participants. Who withdrew is in it with what was collected before, unless its use was
    withdrawn, too.

    Raises:
        NotAllowed: by arm, to whoever may not know the arms of all whom they see.
    """
    study, user = asked.study, asked.user
    if asked.by_arm and not may_group(study, user, asked.permission):
        raise arm_refusal(study)
    everybody = list(_people(study, user, asked.permission).select_related("site").order_by("code"))
    people = [one for one in everybody if one.data_use == Participant.DataUse.FULL]
    strata = dict(
        Allocation.objects.filter(participant__study=study).values_list("participant", "stratum")
    )
    enrolled = len(people)
    if any(one.pk in strata for one in people):
        people = [one for one in people if one.pk in strata]
    groups = {"": "All together"}
    given: dict[int, str] = {}
    if asked.by_arm:
        given = {key: one.arm for key, one in given_to(people, user=user).items()}
        people = [one for one in people if one.pk in given]
        named = dict(Arm.objects.filter(study=study).values_list("code", "name"))
        groups = named | {arm: arm for arm in given.values() if arm not in named}
        groups = groups or {"": "All together"}  # a study without arms
    factors = factors_of(study)
    subjects = {
        one.pk: Subject(
            one.pk,
            one.code,
            one.site.code,
            given.get(one.pk, ""),
            levels_of_person(one, factors, strata.get(one.pk, "")),
            cell_of(one),
        )
        for one in people
    }
    columns = planned_visits(study, asked.view)
    unscheduled = _fill(asked, subjects, columns)
    packages = _packages(subjects.values())
    _noise(asked, subjects.values(), columns, packages)
    return Series(
        asked=asked,
        columns=columns,
        subjects=list(subjects.values()),
        groups=groups,
        strata=("site", *(factor.name for factor in factors)),
        packages=packages,
        without_arm=enrolled - len(people),
        locked=len(everybody) - enrolled,
        unscheduled=unscheduled,
    )


def _people(study: Study, user: User, permission: Permission) -> ParticipantQuerySet:
    """Those enrolled whom ``user`` may see scores of, and with another right may do that with."""
    seen = Participant.objects.visible_to(user, Permission.SCORE_VIEW).visible_to(user, permission)
    return seen.filter(study=study, enrolled_on__isnull=False)


# --- What was scored ---------------------------------------------------------------------------


def _fill(asked: Asked, subjects: Mapping[int, Subject], columns: list[Column]) -> int:
    """Put scores and reasons into ``subjects``; returns how many unscheduled scores there are."""
    unscheduled, unassessable = 0, set()
    for person, visit, aside, package, severity in _scores(asked):
        subject = subjects.get(person)
        if subject is None:
            continue
        if aside:
            unscheduled += severity is not None
        elif severity is None:
            unassessable.add((person, visit))
        else:
            subject.severities[visit] = severity
            subject.packages[visit] = package
    states = _states(asked, subjects)
    for key, subject in subjects.items():
        for column in columns:
            reason = _reason(subject, column.code, states[key], (key, column.code) in unassessable)
            first = columns[0].code
            if not reason and column.code != first:
                if first not in subject.severities:
                    reason = "no_baseline"
                elif subject.packages[column.code] != subject.packages[first]:
                    reason = "other_model"
            subject.reasons[column.code] = reason
    return unscheduled


def _scores(asked: Asked) -> Iterable[tuple[int, str, bool, int, float | None]]:
    scores = Score.objects.visible_to(asked.user).visible_to(asked.user, asked.permission)
    visit = "run__photo__visit"
    rows = current_scores(
        scores.filter(
            **{f"{visit}__participant__study": asked.study, f"{visit}__definition__repeat": False},
            run__photo__view=asked.view,
            condition=asked.condition,
            region=asked.region,
        ),
        asked.study.pk,
    )
    return (
        rows.order_by()
        .values_list(
            f"{visit}__participant",
            f"{visit}__definition__code",
            f"{visit}__definition__unscheduled",
            "run__package",
            "severity",
        )
        .iterator(2000)
    )


def _states(asked: Asked, subjects: Mapping[int, Subject]) -> dict[int, dict[str, str]]:
    """Person → code of the visit → how it stands today."""
    rows = Visit.objects.visible_to(asked.user).counted()
    rows = rows.filter(participant__study=asked.study, definition__unscheduled=False)
    days, states = days_here(asked.study), defaultdict[int, dict[str, str]](dict)
    columns = ("participant", "participant__site", "definition__code", "state", "closes_on")
    for person, site, code, state, closes in rows.order_by().values_list(*columns):
        if person in subjects:
            states[person][code] = _standing(state, closes, days.at(site))
    return states


def _standing(state: str, closes: date, today: date) -> str:
    """As ``Visit.standing_on``, in the words of ``REASONS``: what is open and past was missed."""
    if state in WAITING:
        return "missed" if closes < today else "to_come"
    return {"complete": "not_scored"}.get(state, state)


def _reason(subject: Subject, visit: str, states: Mapping[str, str], unassessable: bool) -> str:
    if visit in subject.severities:
        return ""
    return "not_assessable" if unassessable else states.get(visit, "not_planned")


def _packages(subjects: Iterable[Subject]) -> list[ModelPackage]:
    used = Counter(package for one in subjects for package in one.packages.values())
    heavy = [name for name in HEAVY if name != "card"]  # the card knows the noise
    found = ModelPackage.objects.filter(pk__in=used).defer(*heavy)
    return sorted(found, key=lambda package: -used[package.pk])


def _noise(
    asked: Asked,
    subjects: Iterable[Subject],
    columns: list[Column],
    packages: list[ModelPackage],
) -> None:
    """Each person's smallest change that is more than noise, of the package that scored them."""
    known = smallest_changes(asked.study, packages)
    found = {
        package.pk: known.of(package.pk, asked.condition, asked.region) for package in packages
    }
    for subject in subjects:
        if columns and (change := found.get(subject.packages.get(columns[0].code, 0))):
            subject.smallest = change.points

"""The smallest change of a severity that is more than noise.

``1.96 · √2 · s`` with s the within-person standard deviation of independent repeated photos of
unchanged skin: the repeatability coefficient of Bland and Altman (1996, BMJ 313:744, "Measurement
error"), which COSMIN calls the smallest detectable change (de Vet, Terwee, Mokkink and Knol 2011,
"Measurement in Medicine", section 7.3). Of two photos of unchanged skin, 95 in 100 differ by less.

A study takes repeats where its protocol asks for the first visit's photos once more, or by planning
visits at most two days apart: skin has not changed yet, and the phone has been put down in between.
Where enough people were photographed so, the study's own spread counts, of the package whose scores
they are; else the one on the package's card, and it is said.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt
from typing import Any, Literal

from django.db.models import Q

from inference.packages.models import ModelPackage
from inference.pipeline.grades import FACE
from inference.scoring.models import Score
from inference.scoring.services.scores import current_scores
from studies.platform.kept import kept
from studies.platform.work import WorkState
from studies.protocol.models import Study, VisitDefinition

FACTOR = 1.96 * sqrt(2)
DAYS = 2  # repeats lie at most this far apart
LEAST = 10  # degrees of freedom from which a study's own spread counts

Source = Literal["study", "card"]
Place = tuple[str, str]  # condition, region


@dataclass(frozen=True)
class Change:
    """The smallest change that is more than noise, in points, and where it is known from."""

    points: float
    source: Source
    people: int
    photos: int

    @property
    def sd(self) -> float:
        """The within-person standard deviation that it is of, in points."""
        return self.points / FACTOR


@dataclass(frozen=True)
class Changes:
    """The smallest changes of one study: its own repeats, and the cards of its packages."""

    own: dict[int, dict[Place, Change]]  # by package
    cards: dict[int, dict[Place, Change]]

    def of(self, package: int, condition: str, region: str = FACE) -> Change | None:
        """That of a package's score, None where neither study nor card knows it."""
        place = (condition, region)
        return self.own.get(package, {}).get(place) or self.cards.get(package, {}).get(place)


def smallest_changes(study: Study, packages: Iterable[ModelPackage]) -> Changes:
    """What is known of ``packages`` in ``study``, over all its sites; of now or ``kept``.

    It says nothing of any one person, so it does not depend on who looks.
    """
    cards = {package.pk: _of_card(package.card) for package in packages}
    visits = _close_visits(study)
    own = kept(f"smallest-change:{study.pk}", lambda: _own(study, visits)) if visits else {}
    return Changes(own, cards)


def _of_card(card: dict[str, Any]) -> dict[Place, Change]:
    changes: dict[Place, Change] = {}
    for condition, figures in card.get("repeatability", {}).get("conditions", {}).items():
        for region, spread in {FACE: figures["face"], **figures["regions"]}.items():
            changes[condition, region] = Change(
                FACTOR * spread["sd"], "card", spread["people"], spread["photos"]
            )
    return changes


def _close_visits(study: Study) -> list[int]:
    """Visits planned at most two days apart by one version of the protocol, and repeats."""
    asked = Q(unscheduled=False) | Q(repeat=True)
    rows = VisitDefinition.every.filter(asked, study=study).order_by("day_offset", "repeat")
    planned = list(rows.values_list("day_offset", "pk", "first_version", "last_version"))
    close: set[int] = set()
    for version in {first for _day, _pk, first, _last in planned}:
        here = [
            (day, pk)
            for day, pk, first, last in planned
            if first <= version and (last is None or last >= version)
        ]
        for (day, scores), (later, other) in pairwise(here):
            close |= {scores, other} if later - day <= DAYS else set()
    return sorted(close)


def _own(study: Study, visits: list[int]) -> dict[int, dict[Place, Change]]:
    """Package → place → the study's own smallest change, where enough people were repeated."""
    taken: dict[tuple[int, Place], dict[tuple[int, str], list[tuple[datetime, float]]]]
    taken = defaultdict(lambda: defaultdict(list))
    for package, condition, region, person, view, when, received, severity in _scores(
        study, visits
    ):
        taken[package, (condition, region)][person, view].append((when or received, severity))
    changes: dict[int, dict[Place, Change]] = defaultdict(dict)
    for (package, place), series in taken.items():
        change = _change(series)
        if change is not None:
            changes[package][place] = change
    return dict(changes)


def _scores(study: Study, visits: list[int]) -> Iterable[tuple[Any, ...]]:
    scores = Score.objects.filter(
        run__photo__visit__participant__study=study,
        run__photo__visit__participant__data_use="full",
        run__photo__visit__definition__in=visits,
        run__state=WorkState.DONE,
        severity__isnull=False,
    )
    photo = "run__photo"
    return (
        current_scores(scores, study.pk)
        .order_by()
        .values_list(
            "run__package",
            "condition",
            "region",
            f"{photo}__visit__participant",
            f"{photo}__view",
            f"{photo}__taken_at",
            f"{photo}__received_at",
            "severity",
        )
        .iterator(2000)
    )


def _change(series: dict[tuple[int, str], list[tuple[datetime, float]]]) -> Change | None:
    """The smallest change of the series of people and views, None with too few repeats."""
    squares, freedom, photos = 0.0, 0, 0
    people: set[int] = set()
    for (person, _view), shots in series.items():
        for group in _groups(sorted(shots)):
            mean = sum(group) / len(group)
            squares += sum((value - mean) ** 2 for value in group)
            freedom += len(group) - 1
            photos += len(group)
            people.add(person)
    if freedom < LEAST:
        return None
    return Change(FACTOR * sqrt(squares / freedom), "study", len(people), photos)


def _groups(shots: list[tuple[datetime, float]]) -> Iterable[list[float]]:
    """The severities taken at most two days after the first of each group, two or more."""
    group: list[float] = []
    first: datetime | None = None
    for when, severity in shots:
        if first is None or when - first > timedelta(days=DAYS):
            if len(group) > 1:
                yield group
            group, first = [], when
        group.append(severity)
    if len(group) > 1:
        yield group

"""The smallest change that is more than noise: the study's own repeats, else the card's."""

from datetime import timedelta
from math import sqrt
from typing import Any

import numpy as np
import pytest
from django.test import Client

from inference.dashboards.services.trajectories import trajectories
from inference.exports.services.exports import File
from inference.packages.models import ModelPackage
from inference.scoring.services.change import Change, smallest_changes
from inference.scoring.services.tallies import latest_severities
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.protocol.models import VisitDefinition
from tests.conftest import Team
from tests.factories import NOW
from tests.inference.exports.filled import table
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory
from tests.inference.scoring.photos import make_visit, use
from tests.participants.capture.factories import PhotoFactory
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

SPREAD = {"sd": 4.0, "people": 24, "photos": 72}
CARD = {
    "repeatability": {
        "data": "Drawn people.",
        "conditions": {"melasma": {"face": SPREAD, "regions": {"chin": {**SPREAD, "sd": 7.0}}}},
    }
}


@pytest.fixture
def package(team: Team) -> ModelPackage:
    package: ModelPackage = ModelPackageFactory(card={**ModelPackageFactory.build().card, **CARD})
    use(team.study, package)
    return package


def repeat(
    team: Team, package: ModelPackage, number: int, severities: Any, *, hours: float = 20
) -> None:
    """A person's photos at visits planned a day apart, each severity a visit."""
    for place, severity in enumerate(severities):
        visit = make_visit(team.sg01, code=f"SG01-{number:04d}", visit=f"d-{place}", day=place)
        photo = PhotoFactory(visit=visit, taken_at=NOW + timedelta(hours=hours * place))
        run = RunFactory(photo=photo, package=package, finished_at=NOW)
        ScoreFactory(run=run, severity=float(severity))


def change(team: Team, package: ModelPackage, region: str = "face") -> Change | None:
    return smallest_changes(team.study, [package]).of(package.pk, "melasma", region)


def test_a_study_without_repeats_is_told_what_the_card_knows(
    team: Team, package: ModelPackage
) -> None:
    found = change(team, package)
    assert found == Change(pytest.approx(1.96 * sqrt(2) * 4), "card", 24, 72)
    chin = change(team, package, "chin")
    assert chin is not None
    assert chin.points == pytest.approx(1.96 * sqrt(2) * 7)
    assert change(team, package, "nose") is None


def test_where_neither_knows_nothing_is_said(team: Team) -> None:
    silent = ModelPackageFactory()
    assert change(team, silent) is None


def test_the_studys_own_repeats_count_before_the_cards(team: Team, package: ModelPackage) -> None:
    pairs = [(20 + n, 20 + n + (n % 5)) for n in range(12)]
    for number, pair in enumerate(pairs, start=1):
        repeat(team, package, number, pair)
    within = np.sqrt(np.mean([np.var(pair, ddof=1) for pair in pairs]))
    found = change(team, package)
    assert found == Change(pytest.approx(1.96 * sqrt(2) * within), "study", 12, 24)
    # What the study has not repeated is still the card's.
    chin = change(team, package, "chin")
    assert chin is not None
    assert chin.source == "card"


def test_too_few_repeats_leave_it_to_the_card(team: Team, package: ModelPackage) -> None:
    for number in range(1, 10):
        repeat(team, package, number, (20, 26))
    found = change(team, package)
    assert found is not None
    assert found.source == "card"


def test_photos_really_taken_days_apart_are_no_repeats(team: Team, package: ModelPackage) -> None:
    for number in range(1, 13):
        repeat(team, package, number, (20, 60), hours=49)
    found = change(team, package)
    assert found is not None
    assert found.source == "card"


def test_visits_planned_weeks_apart_are_no_repeats(team: Team, package: ModelPackage) -> None:
    for number in range(1, 13):
        for place in range(2):
            visit = make_visit(
                team.sg01, code=f"SG01-{number:04d}", visit=f"w-{place}", day=14 * place
            )
            run = RunFactory(
                photo=PhotoFactory(visit=visit, taken_at=NOW), package=package, finished_at=NOW
            )
            ScoreFactory(run=run, severity=20.0 + 30 * place)
    found = change(team, package)
    assert found is not None
    assert found.source == "card"


def test_nobody_whose_data_are_locked_is_counted(team: Team, package: ModelPackage) -> None:
    for number in range(1, 13):
        repeat(team, package, number, (20, 26))
    Participant.objects.filter(code__gte="SG01-0010").update(data_use="restricted")
    found = change(team, package)
    assert found is not None
    assert found.source == "card"


def once_more(team: Team, package: ModelPackage, number: int, first: float, again: float) -> None:
    """A person's first visit, and its repeat an hour later by a phone put down in between."""
    whose = make_visit(team.sg01, code=f"SG01-{number:04d}", visit="first").participant
    for place, severity in enumerate((first, again)):
        definition = VisitDefinition.every.get(study=team.study, repeat=place == 1)
        visit = Visit.objects.filter(participant=whose, definition=definition).first()
        visit = visit or VisitFactory(participant=whose, definition=definition)
        photo = PhotoFactory(visit=visit, taken_at=NOW + timedelta(hours=place))
        ScoreFactory(
            run=RunFactory(photo=photo, package=package, finished_at=NOW), severity=severity
        )


@pytest.fixture
def repeated(team: Team, package: ModelPackage) -> float:
    """Twelve people's repeats; the smallest change that follows."""
    VisitDefinitionFactory(study=team.study, code="first", day_offset=0)
    VisitDefinition.every.create(
        study=team.study,
        code="again",
        name="First, once more",
        day_offset=0,
        views=["front"],
        unscheduled=True,
        repeat=True,
    )
    for number in range(1, 13):
        once_more(team, package, number, 20.0, 20.0 + number % 4)
    squares = sum((number % 4) ** 2 / 2 for number in range(1, 13))
    return 1.96 * sqrt(2) * sqrt(squares / 12)


def test_repeats_of_the_first_visit_are_the_studys_own(
    team: Team, package: ModelPackage, repeated: float
) -> None:
    found = change(team, package)
    assert found == Change(pytest.approx(repeated), "study", 12, 24)
    assert found.sd == pytest.approx(repeated / (1.96 * sqrt(2)))


def test_a_repeat_is_no_score_of_a_visit(
    team: Team, package: ModelPackage, repeated: float
) -> None:
    latest = latest_severities(study=team.study, user=team.chandra)["melasma"]
    assert sorted(latest) == [20.0] * 12, "each at the first visit, none at its repeat"
    person = Participant.objects.get(code="SG01-0001")
    told = trajectories(participant=person, user=team.chandra)
    assert {row.visit.definition.code for row in told.rows} == {"first"}


def test_the_overview_tells_it_of_each_condition(
    team: Team, package: ModelPackage, repeated: float, client: Client
) -> None:
    client.force_login(team.chandra)
    page = client.get("/studies/MEL-8/").content.decode()
    assert f"from {repeated:.1f} points on" in page
    assert "own repeats of 12 people" in page


def test_exports_mark_a_repeat(team: Team, package: ModelPackage, repeated: float) -> None:
    for file in (File.LONG, File.WIDE):
        rows = table(team, file)
        marked = {row["visit"]: row["repeat"] for row in rows}
        assert marked == {"first": "false", "again": "true"}

"""The study's front page: counts by scope, live while work goes on, few queries."""

from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from inference.dashboards.services import overview as dashboards
from inference.packages.models import StudyModel
from participants.people.models import Participant
from studies.access.models import User
from tests.conftest import Team
from tests.factories import NOW
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory
from tests.inference.scoring.photos import make_visit, use
from tests.participants.capture.factories import PhotoFactory
from tests.participants.people.factories import ParticipantFactory
from tests.participants.visits.factories import VisitFactory

SignIn = Callable[[User], Client]


def url(name: str = "overview") -> str:
    return reverse(f"inference:{name}", args=["MEL-8"])


@pytest.fixture
def at_work(team: Team) -> Team:
    """Two participants at SG01 and one at KL01, each with visits, photos and runs."""
    package = ModelPackageFactory()
    use(team.study, package)
    week = {"scheduled_on": date(2026, 3, 2), "opens_on": date(2026, 3, 1)}
    done = make_visit(team.sg01, code="SG01-0001", **week, closes_on=date(2026, 3, 5))
    done.move("complete", completed_at=NOW)
    make_visit(team.sg01, code="SG01-0002", **week, closes_on=date(2026, 3, 5))
    make_visit(team.kl01, code="KL01-0001", **week, closes_on=date(2026, 3, 3))
    ParticipantFactory(site=team.sg01, code="SG01-0003", state="screened", enrolled_on=None)
    gone = ParticipantFactory(site=team.sg01, code="SG01-0004", state="withdrawn")
    VisitFactory(participant=gone, definition=done.definition, **week, closes_on=date(2026, 3, 3))
    PhotoFactory(visit=done, view="left", state="retake_wanted")
    RunFactory(
        photo__visit=done,
        photo__view="right",
        package=package,
        state="quarantined",
        last_error="NaN",
    )
    for code, severity in (("SG01-0001", 20.0), ("KL01-0001", 80.0)):
        visit = Participant.objects.get(code=code).visits.get()
        run = RunFactory(photo__visit=visit, package=package, finished_at=NOW)
        ScoreFactory(run=run, severity=severity)
    return team


@time_machine.travel("2026-03-04T12:00:00Z", tick=False)
def test_a_manager_sees_every_sites_numbers(at_work: Team) -> None:
    now = dashboards.overview(study=at_work.study, user=at_work.dewi)
    assert now.all_sites
    numbers = {
        line.site.code: (line.enrolled, line.screened, line.gone, line.due, line.missed, line.done)
        for line in now.sites
    }
    assert numbers == {"SG01": (3, 1, 1, 1, 0, 1), "KL01": (1, 0, 0, 0, 1, 0)}
    assert (now.enrolled, now.target) == (4, 20)
    assert now.late == 1, "SG01-0002 was planned two days ago and can still come"
    assert now.retakes == 1
    assert now.runs == {"queued": 0, "running": 0, "done": 2, "quarantined": 1}


@time_machine.travel("2026-03-04T12:00:00Z", tick=False)
def test_a_coordinator_sees_the_numbers_of_her_site_only(at_work: Team) -> None:
    now = dashboards.overview(study=at_work.study, user=at_work.budi)
    assert [line.site.code for line in now.sites] == ["KL01"]
    assert not now.all_sites
    assert (now.enrolled, now.due, now.missed, now.done, now.retakes) == (1, 0, 1, 0, 0)
    assert now.runs == {"queued": 0, "running": 0, "done": 1, "quarantined": 0}


def test_the_page_says_whose_numbers_they_are(at_work: Team, as_person: SignIn) -> None:
    words = "All numbers here are those of KL01 only"
    assert words in as_person(at_work.budi).get(url()).content.decode()
    assert words not in as_person(at_work.dewi).get(url()).content.decode()


def test_what_happened_lately_stays_within_the_site(at_work: Team, as_person: SignIn) -> None:
    page = as_person(at_work.budi).get(url()).content.decode()
    assert "KL01-0001" in page
    assert "SG01-" not in page


def test_severities_are_those_of_the_visible_sites(at_work: Team) -> None:
    def melasma(user: User) -> list[float]:
        found = dashboards.spreads(study=at_work.study, user=user)
        return next(s.severities for s in found if s.condition.code == "melasma")

    assert melasma(at_work.dewi) == [20.0, 80.0]
    assert melasma(at_work.budi) == [80.0]


def test_a_participant_counts_once_with_their_latest_visit(team: Team) -> None:
    package = ModelPackageFactory()
    use(team.study, package)
    for day, severity in ((0, 70.0), (14, 30.0)):
        visit = make_visit(team.sg01, visit=f"week-{day}", day=day)
        run = RunFactory(photo__visit=visit, package=package, finished_at=NOW)
        ScoreFactory(run=run, severity=severity)
        ScoreFactory(run=run, region="chin", severity=99.0)
    spread = dashboards.spreads(study=team.study, user=team.dewi)
    assert [s.severities for s in spread if s.condition.code == "melasma"] == [[30.0]]


def test_a_histogram_counts_in_steps_of_ten(team: Team) -> None:
    condition = team.study.conditions.get(code="melasma")
    spread = dashboards.Spread(condition, [0.0, 9.9, 10.0, 55.0, 100.0])
    assert spread.bins == [2, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert spread.median == 10.0
    assert spread.words == (
        "Melasma, participants by severity. 0 to 10: 2; 10 to 20: 1; 50 to 60: 1; 90 to 100: 1."
    )


def test_a_demonstrators_numbers_say_so(at_work: Team, as_person: SignIn) -> None:
    words = "Demonstrator: trained on generated skin"
    assert words in as_person(at_work.dewi).get(url()).content.decode()
    StudyModel.objects.get().package.__class__.objects.update(demonstrator=False)
    assert words not in as_person(at_work.dewi).get(url()).content.decode()


def test_the_page_looks_again_soon_while_work_goes_on(at_work: Team, as_person: SignIn) -> None:
    RunFactory(photo__visit__participant__site=at_work.sg01, state="queued")
    page = as_person(at_work.dewi).get(url("live")).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert '"X-Background": "1"' in page


@pytest.mark.parametrize(
    ("idle", "trigger"), [("0", "every 5s"), ("1", "every 10s"), ("4", "every 60s")]
)
def test_the_page_looks_again_ever_later_when_idle(
    team: Team, as_person: SignIn, idle: str, trigger: str
) -> None:
    page = as_person(team.dewi).get(url("live"), {"idle": idle}).content.decode()
    assert f'hx-trigger="{trigger}"' in page
    assert f"idle={int(idle) + 1}" in page


def test_the_page_stops_looking_after_some_minutes(team: Team, as_person: SignIn) -> None:
    page = as_person(team.dewi).get(url("live"), {"idle": "10"}).content.decode()
    assert "hx-trigger" not in page
    assert "has stopped updating itself" in page


@pytest.mark.parametrize("idle", ["x", "-3", ""])
def test_a_mistyped_beat_does_no_harm(team: Team, as_person: SignIn, idle: str) -> None:
    assert as_person(team.dewi).get(url("live"), {"idle": idle}).status_code == 200


def test_severities_are_sent_again_only_when_a_run_ended(at_work: Team, as_person: SignIn) -> None:
    client = as_person(at_work.dewi)
    assert 'id="spreads"' not in client.get(url("live"), {"seen": "2"}).content.decode()
    changed = client.get(url("live"), {"seen": "1"}).content.decode()
    assert 'id="spreads"' in changed
    assert 'hx-swap-oob="true"' in changed


@pytest.mark.parametrize("name", ["overview", "live"])
def test_the_page_is_for_people_of_the_study(team: Team, as_person: SignIn, name: str) -> None:
    for person in (team.amina, team.chandra, team.dewi, team.ewa):
        assert as_person(person).get(url(name)).status_code == 200
    assert as_person(team.farid).get(url(name)).status_code == 404
    signed_out = Client().get(url(name))
    assert signed_out.status_code == 302
    assert signed_out["Location"].startswith("/accounts/login/")


def test_the_number_of_queries_does_not_grow(
    team: Team, as_person: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    package = ModelPackageFactory()
    use(team.study, package)
    for number in range(12):
        visit = make_visit(team.sg01 if number % 2 else team.kl01, code=f"SG01-{number:04d}")
        run = RunFactory(photo__visit=visit, package=package, finished_at=NOW)
        for condition in ("melasma", "pores", "wrinkles"):
            ScoreFactory(run=run, condition_id=condition)
    client = as_person(team.dewi)
    with django_assert_max_num_queries(26):
        assert client.get(url()).status_code == 200

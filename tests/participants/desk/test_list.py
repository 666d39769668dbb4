"""The list of participants: whose, which, in what order."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from participants.visits import services as visits
from studies.access.models import User
from tests.conftest import Team
from tests.participants.capture.factories import PhotoFactory
from tests.participants.staff import (
    PAGE,
    Sign,
    enrol,
    plan_week_visits,
    screen,
)

pytestmark = pytest.mark.django_db


def test_the_list_shows_the_participants_of_ones_sites(team: Team, as_person: Sign) -> None:
    enrol(team.sg01, team.amina)
    enrol(team.kl01, team.budi)

    def listed(person: User) -> list[str]:
        page = as_person(person).get(PAGE).content.decode()
        return sorted(set(re.findall(r"[SK][GL]01-\d{4}(?=</a>)", page)))

    assert listed(team.amina) == ["SG01-0001"]
    assert listed(team.budi) == ["KL01-0001"]
    for person in (team.chandra, team.dewi, team.ewa):
        assert listed(person) == ["KL01-0001", "SG01-0001"]
    assert as_person(team.farid).get(PAGE).status_code == 404
    assert Client().get(PAGE)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["SG01-0001", "SG01-0002", "SG01-0003"]),
        ("code=0002", ["SG01-0002"]),
        ("state=eligible", ["SG01-0003"]),
        ("visits=due", ["SG01-0002"]),
        ("visits=late", ["SG01-0002"]),
        ("visits=missed", ["SG01-0001"]),
        ("visits=retake", ["SG01-0002"]),
        ("sort=-code", ["SG01-0003", "SG01-0002", "SG01-0001"]),
        ("sort=next_on", ["SG01-0002", "SG01-0001", "SG01-0003"]),
        ("sort=-next_on", ["SG01-0001", "SG01-0002", "SG01-0003"]),
        ("code=XX", []),
    ],
)
def test_the_list_can_be_searched_filtered_and_sorted(
    team: Team, as_person: Sign, query: str, expected: list[str]
) -> None:
    plan_week_visits(team.study)
    today = visits.today(team.study)
    enrol(team.sg01, team.amina, enrolled_on=today - timedelta(days=10))
    late = enrol(team.sg01, team.amina, enrolled_on=today - timedelta(days=1))
    PhotoFactory(visit=late.visits.first(), state="retake_wanted")
    screen(team.sg01, team.amina)

    page = as_person(team.amina).get(f"{PAGE}?{query}").content.decode()

    assert re.findall(r"SG01-\d{4}(?=</a>)", page) == expected


def test_an_empty_list_says_what_to_do(team: Team, as_person: Sign) -> None:
    assert "Enrol the first participant" in as_person(team.amina).get(PAGE).content.decode()
    page = as_person(team.chandra).get(PAGE).content.decode()
    assert "Nobody is enrolled yet" in page
    assert "Enrol the first" not in page


def test_a_long_list_is_paged(team: Team, as_person: Sign) -> None:
    for _ in range(26):
        screen(team.sg01, team.amina)
    client = as_person(team.amina)
    assert "SG01-0026" not in client.get(PAGE).content.decode()
    assert "SG01-0026" in client.get(f"{PAGE}?page=2").content.decode()


def test_a_longer_list_asks_the_database_no_more_questions(team: Team, as_person: Sign) -> None:
    def questions() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert as_person(team.amina).get(PAGE).status_code == 200
        return len(asked)

    plan_week_visits(team.study)
    enrol(team.sg01, team.amina)
    few = questions()
    for _ in range(5):
        enrol(team.sg01, team.amina)
    assert questions() == few

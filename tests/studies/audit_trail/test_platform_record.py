"""The audit trail that belong to no study, for administrators alone."""

from collections.abc import Callable

import pytest
from django.test import Client

from studies.access.models import User
from studies.platform.actors import SYSTEM
from studies.record import services as audit
from tests.conftest import Team

SignIn = Callable[[User], Client]


@pytest.fixture
def acts(team: Team) -> None:
    audit.record(by=SYSTEM, action="package.register", new={"package": "tiny 1.0.0"})
    audit.record(by=team.dewi, action="photo.view", study="MEL-8", participant="SG01-0001")


def test_an_administrator_reads_the_platforms_acts_and_no_studys(
    team: Team, acts: None, as_person: SignIn
) -> None:
    gita = User.objects.create_superuser("root@example.org", name="Gita")
    page = as_person(gita).get("/record/").content.decode()
    assert "tiny 1.0.0" in page
    assert "SG01-0001" not in page
    assert "/record/" in as_person(gita).get("/account/").content.decode(), "the menu leads there"


def test_nobody_else_reads_it(team: Team, acts: None, as_person: SignIn) -> None:
    for person in (team.dewi, team.ewa, team.amina):
        client = as_person(person)
        assert client.get("/record/").status_code == 403
        assert 'href="/record/"' not in client.get("/account/").content.decode()
    assert Client().get("/record/").status_code == 302

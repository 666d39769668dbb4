"""Who reads photos of a study blind gets nowhere else in it: every address and method is tried."""

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from inference.reading.services.seats import blind, see_again
from studies.access.models import Blinding
from tests.conftest import Team
from tests.inference.reading.making import make_draft
from tests.rights.test_matrix import LINES, judged
from tests.rights.world import Visitor, World, address, build, routes

pytestmark = pytest.mark.django_db

# What is left beside one's own reading: what whoever reads may know of the study.
LEFT = (
    "api:alert_rules",
    "api:instrument",
    "api:study",
    "api:visits",
    "inference:live",
    "inference:overview",
    "inference:today",
    "participants:consent_preview",
    "studies:",
)
READING = ("inference:decide", "inference:my_reading", "inference:read_")


@pytest.fixture
def world(team: Team) -> World:
    return build(team)


def allowed(world: World, visitor: Visitor) -> dict[str, str]:
    """The addresses of the study that somebody may, by name and method."""
    patterns = routes()
    found = {}
    for line in LINES:
        if ":study>" in patterns[line.name]:
            path = address(world, line.name, patterns[line.name])
            undo = transaction.savepoint()
            status = visitor.status(line.method, path)
            transaction.savepoint_rollback(undo)
            if judged(status) == "allowed":
                found[f"{line.name} {line.method}"] = path
    return found


def test_an_investigator_who_reads_blind_gets_nowhere_else(world: World) -> None:
    chandra = world.team.chandra
    visitor = Visitor(chandra)
    before = allowed(world, visitor)
    blind(world.reading.open, chandra)
    there = allowed(world, visitor)
    mine = {name for name in there if name.startswith((*LEFT, *READING, "inference:read "))}
    assert sorted(set(there) - mine) == []
    assert len(before) > len(there) + 20
    told = [
        name
        for name, path in there.items()
        if name.endswith(" GET")
        and any(code in visitor.read(path) for code in (world.participant.code, "SG01-0002"))
    ]
    assert told == []
    see_again(world.reading.open, chandra)
    assert set(allowed(world, visitor)) == set(before)


def test_it_is_said_at_home_and_to_managers_among_people(world: World) -> None:
    chandra = world.team.chandra
    Blinding.objects.create(
        user=chandra, study=world.team.study, source="reading:1", since=timezone.now()
    )

    def page(who: str, path: str) -> str:
        client = Client()
        client.force_login(getattr(world.team, who))
        return client.get(path).content.decode()

    words = "your other roles rest"
    assert words in page("chandra", "/")
    assert words not in page("dewi", "/")
    assert words in page("chandra", "/studies/MEL-8/people/")
    assert "reads blind" in page("dewi", "/studies/MEL-8/people/")
    assert "reads blind" not in page("amina", "/studies/MEL-8/people/")


def test_a_refusal_says_that_the_roles_rest_and_not_that_the_role_lacks_the_right(
    team: Team,
) -> None:
    client = Client()
    client.force_login(team.chandra)
    page = "/studies/MEL-8/participants/"
    assert client.get(page).status_code == 200
    blind(make_draft(team), team.chandra)
    refused = client.get(page)
    assert refused.status_code == 403
    assert "your other roles rest" in refused.content.decode()
    assert "your role does not include it" not in refused.content.decode()

"""Who reads photos of a study blind gets nowhere else in it: every address and method is tried."""

import pytest
from django.test import Client
from django.utils import timezone

from inference.reading.services.seats import blind, see_again
from studies.access.models import Blinding
from tests.conftest import Team
from tests.rights.test_matrix import LINES, judged
from tests.rights.world import Visitor, World, address, build, routes

pytestmark = pytest.mark.django_db

# What is left: the protocol and the people, which whoever reads may know, and one's own reading.
LEFT = {
    "api:instrument",
    "api:instruments",
    "api:study",
    "api:visits",
}


@pytest.fixture
def world(team: Team) -> World:
    return build(team)


def allowed(world: World, visitor: Visitor) -> set[str]:
    patterns = routes()
    found = set()
    for line in LINES:
        if ":study>" in patterns[line.name]:
            path = address(world, line.name, patterns[line.name])
            if judged(visitor.status(line.method, path)) == "allowed":
                found.add(line.name)
    return found


def test_an_investigator_who_reads_blind_gets_nowhere_else(world: World) -> None:
    chandra = world.team.chandra
    visitor = Visitor(chandra)
    before = allowed(world, visitor)
    blind(world.reading.open, chandra)
    there = allowed(world, visitor)
    mine = {name for name in there if name.startswith("studies:") or name in LEFT}
    assert there == mine, there - mine
    assert len(before) > len(there) + 20
    see_again(world.reading.open, chandra)
    assert allowed(world, visitor) == before


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

"""What is kept for many is kept for those alone who may see the same (``studies.platform.kept``).

Every page that keeps something is read by each person with nothing kept, and again with everything
kept and read by the others first: not a letter may differ.
"""

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from django.urls import reverse

from studies.access.models import User
from studies.platform import kept
from tests.conftest import Team
from tests.factories import NOW
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory, StudyModelFactory
from tests.rights.world import Visitor, World, add_twin, build
from tests.studies.access.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
KEEPING = ("overview", "live", "work", "models", "export")


def addresses(world: World, second: int) -> list[str]:
    pages = [reverse(f"inference:{name}", args=["MEL-8"]) for name in KEEPING]
    pages.append(reverse("studies:record", args=["MEL-8"]) + "?reads=on")
    compared = f"?first={world.run.package.pk}&second={second}"
    pages.append(reverse("inference:compare", args=["MEL-8"]) + compared)
    return pages


def read_all(person: User, pages: list[str]) -> dict[str, str]:
    visitor, read = Visitor(person), {}
    for page in pages:
        undo = transaction.savepoint()  # who looked at what is recorded
        read[page] = visitor.read(page)
        transaction.savepoint_rollback(undo)
    return read


@time_machine.travel(NOW, tick=False)
def test_nobody_is_shown_what_was_kept_for_another(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = build(team)
    twin = add_twin(world, team.kl01, by=team.budi)
    second = ModelPackageFactory(version="9.9.9")
    StudyModelFactory(study=team.study, package=second, primary=False)
    for photo in (world.photo, twin.photo):
        ScoreFactory(run=RunFactory(photo=photo, package=second))
    people = [team.dewi, team.amina, team.budi, team.ewa]
    for site in (team.sg01, team.kl01):
        person = UserFactory(name=f"Monitor {site.code}", email=f"{site.code}@example.org")
        MembershipFactory(user=person, study=team.study, site=site, role="monitor")
        people.append(person)
    pages = addresses(world, second.pk)
    fresh = {person.pk: read_all(person, pages) for person in people}
    assert len({tuple(read.values()) for read in fresh.values()}) == len(people)
    monkeypatch.setattr(kept, "QUICK", 0.0)
    monkeypatch.setattr(kept, "TIMES", 1e9)
    for order in (people, people[::-1]):
        cache.clear()
        for person in order:
            again = read_all(person, pages)
            differ = [page for page in pages if again[page] != fresh[person.pk][page]]
            assert (person.name, differ) == (person.name, [])

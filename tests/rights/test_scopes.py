"""What is counted, chosen from and compared, read by somebody of the other site.

Each reads through a queryset of its own; without it everybody would be shown everybody's.
"""

import pytest
from django.test import Client
from django.urls import reverse

from inference.comparison.services import compare
from inference.packages.models import ModelPackage
from inference.scoring.services.rescores import progress
from inference.trials.services.trials import photos_to_try
from studies.access.models import User
from studies.members.services.people import create_person
from studies.platform.actors import SYSTEM
from studies.platform.errors import NotAllowed
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory, StudyModelFactory
from tests.rights.world import Twin, World, add_twin, build

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(team: Team) -> World:
    return build(team)


@pytest.fixture
def twin(world: World) -> Twin:
    return add_twin(world, world.team.kl01, by=world.team.budi)


def second_package(world: World, *photos: object) -> ModelPackage:
    """Another package that has scored these photos too."""
    package: ModelPackage = ModelPackageFactory(version="9.9.9")
    StudyModelFactory(study=world.team.study, package=package, primary=False)
    for photo in photos:
        ScoreFactory(run=RunFactory(photo=photo, package=package))
    return package


def seen_by(user: User, address: str) -> str:
    client = Client()
    client.force_login(user)
    return str(client.get(address).content.decode())


def test_scoring_again_counts_the_photos_one_may_see(world: World, twin: Twin) -> None:
    counts = {
        name: progress(rescore=world.rescore, user=getattr(world.team, name)).scored
        for name in ("amina", "budi", "dewi", "farid")
    }
    assert counts == {"amina": 0, "budi": 1, "dewi": 1, "farid": 0}


def test_a_comparison_is_of_the_photos_one_may_see(world: World, twin: Twin) -> None:
    package = second_package(world, world.photo, twin.photo)
    pairs = {}
    for name in ("amina", "budi", "dewi", "farid"):
        user = getattr(world.team, name)
        found = compare(study=world.team.study, first=world.run.package, second=package, user=user)
        pairs[name] = (found.photos, sum(len(one.pairs) for one in found.conditions))
    assert pairs == {"amina": (1, 1), "budi": (1, 1), "dewi": (2, 2), "farid": (0, 0)}


def test_a_model_is_tried_on_the_photos_one_may_see(world: World, twin: Twin) -> None:
    offered = {
        name: set(photos_to_try(getattr(world.team, name))) for name in ("amina", "budi", "farid")
    }
    assert world.photo in offered["amina"] - offered["budi"]
    assert twin.photo in offered["budi"] - offered["amina"]
    assert offered["farid"] == set()


def test_a_package_says_which_of_ones_own_studies_use_it(world: World) -> None:
    StudyModelFactory(study=world.team.other_study, package=world.run.package)
    page = seen_by(world.team.dewi, reverse("inference:package", args=[world.run.package.pk]))
    assert "MEL-8" in page
    assert "FEAS-2" not in page


def test_photos_are_chosen_by_ones_own_sites(world: World, twin: Twin) -> None:
    page = reverse("participants:photos", args=["MEL-8"])
    assert "Kuala Lumpur" not in seen_by(world.team.amina, page)
    asked = seen_by(world.team.amina, f"{page}?state=accepted&site=KL01")
    assert twin.participant.code not in asked
    assert "Kuala Lumpur" in seen_by(world.team.dewi, page)


def test_only_an_administrator_makes_another(team: Team) -> None:
    given = {"email": "new@example.org", "name": "New", "administrator": True}
    for person in (team.dewi, team.amina):
        with pytest.raises(NotAllowed):
            create_person(**given, by=person)
    assert not User.objects.filter(email="new@example.org").exists()
    assert create_person(**given, by=SYSTEM).is_superuser

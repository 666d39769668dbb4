"""What the factories make keeps the rules, is unlike its like, and is the same in every test."""

import pytest

from tests.conftest import Team
from tests.factories import Counting, counting
from tests.studies.access.factories import UserFactory
from tests.studies.protocol.factories import (
    ArmFactory,
    EligibilityCriterionFactory,
    SiteFactory,
    StudyFactory,
    VisitDefinitionFactory,
)

PARTS = [ArmFactory, EligibilityCriterionFactory, SiteFactory, VisitDefinitionFactory]


@pytest.mark.parametrize("turn", ["once", "and again"])
def test_every_test_meets_the_same_numbers(turn: str) -> None:
    made = StudyFactory.build_batch(2), SiteFactory.build().code, UserFactory.build(name="Gita")
    assert [study.code for study in made[0]] == ["MEL-101", "MEL-102"]
    assert (made[1], made[2].email) == ("SGB01", "gita101@example.org")


def test_every_factory_counts_anew() -> None:
    assert {StudyFactory, *PARTS} <= set(counting())


@pytest.mark.parametrize("part", PARTS)
def test_a_hundred_and_twenty_parts_of_one_study_differ_and_keep_the_rules(
    team: Team, part: type[Counting]
) -> None:
    for made in part.create_batch(120, study=team.study):
        made.full_clean()


def test_studies_differ_from_those_that_tests_name(team: Team) -> None:
    for made in StudyFactory.create_batch(120):
        made.full_clean()


def test_site_codes_never_begin_anew() -> None:
    SiteFactory.reset_sequence(2599)
    assert SiteFactory.build().code == "SGZ99"
    with pytest.raises(IndexError):
        SiteFactory.build()


def test_people_of_one_name_have_addresses_of_their_own() -> None:
    made = UserFactory.build_batch(120, name="Amina")
    assert len({person.email for person in made}) == 120

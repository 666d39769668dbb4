"""An amendment of the first visit: its repeat goes along, for those whose visit has not opened."""

from datetime import date, timedelta

import pytest

from participants.people.models import Participant
from participants.scheduling.services.unscheduled import add_unscheduled_visit
from participants.visits.models import Visit
from studies.protocol.models import Study
from tests.conftest import Team
from tests.participants.amending.test_carrying import carry
from tests.participants.staff import enrol, plan_week_visits
from tests.studies.amendments.factories import BASELINE, approved, submitted

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def twice(team: Team) -> None:
    Study.objects.filter(pk=team.study.pk).update(repeat_captures=True)
    team.study.refresh_from_db()
    team.sg01.study = team.kl01.study = team.study
    plan_week_visits(team.study)


def repeat(participant: Participant) -> Visit:
    return participant.visits.select_related("definition").get(definition__repeat=True)


def amend(team: Team, **changed: object) -> None:
    row = submitted(team.study, team.dewi, {"baseline": {**BASELINE, **changed}})
    approved(row, team.sg01, TODAY, team.dewi)
    carry()


def test_views_and_window_of_the_first_visit_hold_for_its_repeat(team: Team) -> None:
    open_now = enrol(team.sg01, team.amina, enrolled_on=TODAY)
    to_come = enrol(team.sg01, team.amina, enrolled_on=TODAY + timedelta(days=7))
    elsewhere = enrol(team.kl01, team.budi, enrolled_on=TODAY + timedelta(days=7))
    amend(team, views=["front"], window_after=5)
    again, first = repeat(to_come), to_come.visits.get(definition__code="baseline")
    assert again.definition.views == first.definition.views == ["front"]
    assert (again.opens_on, again.closes_on) == (first.opens_on, first.closes_on)
    assert again.protocol_version == 2
    assert repeat(open_now).definition.views == ["front", "left", "right"], "it is open already"
    assert repeat(elsewhere).definition.views == ["front", "left", "right"], "not approved there"
    assert repeat(enrol(team.sg01, team.amina)).definition.views == ["front"]


def test_a_window_alone_is_another_too(team: Team) -> None:
    before = repeat(enrol(team.sg01, team.amina))
    amend(team, window_after=6)
    after = repeat(enrol(team.sg01, team.amina))
    assert (after.closes_on - before.closes_on).days == 6 - before.definition.window_after
    assert after.definition.code != before.definition.code


def test_an_unscheduled_visit_is_under_the_version_of_the_site(team: Team) -> None:
    here, there = enrol(team.sg01, team.amina), enrol(team.kl01, team.budi)
    amend(team, window_after=6)
    for who, by, version in ((here, team.amina, 2), (there, team.budi, 1)):
        visit = add_unscheduled_visit(
            participant=who, day=TODAY, last_day=TODAY, views=["front"], reason="A rash", by=by
        )
        assert visit.protocol_version == version

"""Repeat captures: the first visit's photos once more, out of every rule that counts visits."""

from datetime import date

import pytest
import time_machine
from django.test import Client

from inference.dashboards.services.overview import overview
from inference.dashboards.services.waiting.asked import Asked
from inference.dashboards.services.waiting.groups import groups
from participants.messaging.models import Message
from participants.messaging.services.calendar import calendar_of
from participants.people.models import Participant
from participants.scheduling.services.moving import reschedule_visit
from participants.visits import services as visits
from participants.visits.models import Visit
from participants.visits.schedule import with_schedule
from participants.words.languages import LANGUAGE_NAMES
from studies.protocol.models import Study, VisitDefinition
from studies.protocol_file import read_protocol, write_protocol
from studies.protocol_file.services import protocol_of
from tests.conftest import Team
from tests.participants.staff import consent, enrol, plan_week_visits, publish

pytestmark = pytest.mark.django_db
DAY_0 = "2026-03-02T03:00:00Z"


@pytest.fixture
def participant(team: Team) -> Participant:
    """Enrolled in a study that asks for the first visit's photos twice."""
    Study.objects.filter(pk=team.study.pk).update(repeat_captures=True)
    team.study.refresh_from_db()
    team.sg01.study = team.study
    plan_week_visits(team.study)
    text = publish(team.study)
    with time_machine.travel(DAY_0, tick=False):
        enrolled = enrol(team.sg01, team.amina)
        consent(enrolled, text, team.amina)
    return enrolled


def repeat(participant: Participant) -> Visit:
    return participant.visits.get(definition__repeat=True)


def test_it_is_planned_beside_the_first_visit_with_its_views_and_window(
    participant: Participant,
) -> None:
    first = participant.visits.get(definition__code="baseline")
    again = repeat(participant)
    assert again.definition.views == first.definition.views
    assert (again.opens_on, again.closes_on) == (first.opens_on, first.closes_on)
    assert VisitDefinition.objects.filter(repeat=True).count() == 0, "out of the schedule"
    said = again.definition.translations
    assert set(said) == set(LANGUAGE_NAMES)
    assert len({words["instructions"] for words in said.values()}) == 7


def test_it_is_asked_for_once_the_first_visit_is_complete(participant: Participant) -> None:
    on = date(2026, 3, 2)
    first = participant.visits.get(definition__code="baseline")
    assert visits.open_visit(participant, on) == first
    Visit.objects.filter(pk=first.pk).update(state="complete")
    assert visits.open_visit(participant, on) == repeat(participant)


def test_no_rule_of_the_protocol_counts_it(participant: Participant, team: Team) -> None:
    again = repeat(participant)
    participant.visits.filter(definition__code="baseline").update(state="complete")
    with time_machine.travel(DAY_0, tick=False):
        row = with_schedule(Participant.objects.all(), visits.days_here(team.study)).get()
        assert (row.visits_done, row.visits_all, row.due) == (1, 3, False)
        assert overview(study=team.study, user=team.dewi).due == 0
        waiting = {group.code for group in groups(Asked.today(team.study, team.dewi))}
        assert not waiting & {"due", "late", "closing"}
        assert visits.next_visit(participant, date(2026, 3, 2)) != again
    assert not Message.objects.filter(about=f"visit:{again.pk}").exists(), "nobody is reminded"
    assert f"visit-{again.pk}@".encode() not in calendar_of(participant)
    with time_machine.travel("2026-03-20T03:00:00Z", tick=False):
        assert overview(study=team.study, user=team.dewi).missed == 0


def test_the_board_shows_it_without_counting_it(
    participant: Participant, team: Team, client: Client
) -> None:
    client.force_login(team.dewi)
    with time_machine.travel(DAY_0, tick=False):
        page = client.get("/studies/MEL-8/schedule/?state=due").content.decode()
    assert "1 such visit" in page
    assert repeat(participant).definition.code in page


def test_day_0_corrected_moves_it_along(participant: Participant, team: Team) -> None:
    Participant.objects.filter(pk=participant.pk).update(enrolled_on=date(2026, 3, 1))
    participant.refresh_from_db()
    with time_machine.travel(DAY_0, tick=False):
        visits.redate_visits(participant=participant, by=team.amina, reason="a slip")
    assert repeat(participant).scheduled_on == date(2026, 3, 1)
    assert repeat(participant).definition.repeat


def test_without_the_option_there_is_none(team: Team) -> None:
    plan_week_visits(team.study)
    with time_machine.travel(DAY_0, tick=False):
        enrolled = enrol(team.sg01, team.amina)
    assert not enrolled.visits.filter(definition__repeat=True).exists()


def test_the_protocol_file_keeps_the_option(team: Team) -> None:
    Study.objects.filter(pk=team.study.pk).update(repeat_captures=True)
    team.study.refresh_from_db()
    again = read_protocol(write_protocol(protocol_of(team.study)))
    assert again["study"]["repeat_captures"] is True


def test_it_goes_along_when_the_first_visit_is_moved(team: Team, participant: Participant) -> None:
    first = participant.visits.get(definition__code="baseline")
    with time_machine.travel(DAY_0, tick=False):
        reschedule_visit(visit=first, day=date(2026, 3, 3), reason="Away", by=team.amina)
    first.refresh_from_db()
    again = repeat(participant)
    assert first.scheduled_on == date(2026, 3, 3)
    assert (again.scheduled_on, again.opens_on, again.closes_on) == (
        first.scheduled_on,
        first.opens_on,
        first.closes_on,
    )
    assert again.state == first.state

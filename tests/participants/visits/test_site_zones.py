"""A site with a time zone of its own: the days of its participants begin and end there."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.test import Client

from inference.dashboards.services.overview import overview
from inference.dashboards.services.waiting.asked import Asked
from inference.dashboards.services.waiting.groups import groups
from inference.exports.services.filters import Filters, accepted_photos
from participants.board.looks import in_state
from participants.messaging.models import Message
from participants.messaging.services.calendar import calendar_of
from participants.people.models import Participant
from participants.visits import services as visits
from participants.visits.models import DailyRollover, Visit
from participants.visits.tasks import roll_over
from studies.platform.errors import Invalid
from studies.protocol.models import Site
from studies.protocol.services.sites import edit_site
from studies.protocol_file import read_protocol, write_protocol
from studies.protocol_file.services import protocol_of
from tests.conftest import Team
from tests.participants.capture.factories import PhotoFactory
from tests.participants.staff import consent, enrol, plan_week_visits, publish

pytestmark = pytest.mark.django_db

# 23:30 in Singapore on the 29th, 00:30 in Tokyo on the 30th, 17:30 in Prague on the 29th.
LATE = "2026-03-29T15:30:00Z"


@pytest.fixture
def people(team: Team) -> tuple[Participant, Participant]:
    """One in Singapore, one in Tokyo (KL01 has its zone): week 4 closes on the 29th for both."""
    Site.objects.filter(pk=team.kl01.pk).update(time_zone="Asia/Tokyo")
    team.kl01.refresh_from_db()
    plan_week_visits(team.study)
    text = publish(team.study)
    with time_machine.travel("2026-03-02T03:00:00Z", tick=False):
        both = enrol(team.sg01, team.amina), enrol(team.kl01, team.budi)
        for one, by in zip(both, (team.amina, team.budi), strict=True):
            consent(one, text, by)
            one.visits.filter(definition__code="week-4").update(closes_on=date(2026, 3, 29))
    return both


def test_today_is_the_sites(people: tuple[Participant, Participant], team: Team) -> None:
    with time_machine.travel(LATE, tick=False):
        assert [visits.today(one) for one in people] == [date(2026, 3, 29), date(2026, 3, 30)]
        assert visits.today(team.kl01) == date(2026, 3, 30)
        days = visits.days_here(team.study)
        assert days.at(team.sg01.pk) == date(2026, 3, 29)
        assert days.at(team.kl01.pk) == date(2026, 3, 30)
    with time_machine.travel("2026-03-29T03:00:00Z", tick=False):
        assert visits.days_here(team.study).told() == date(2026, 3, 29), "one day for all: no CASE"


def test_a_window_closes_at_the_sites_midnight(
    people: tuple[Participant, Participant], team: Team, client: Client
) -> None:
    here, there = people
    with time_machine.travel(LATE, tick=False):
        assert visits.open_visit(here, visits.today(here)) is not None
        assert visits.open_visit(there, visits.today(there)) is None
        days = visits.days_here(team.study)
        standing = Visit.objects.filter(definition__code="week-4").as_of(days.told())
        assert dict(standing.values_list("participant__code", "standing")) == {
            here.code: "due",
            there.code: "missed",
        }
        missed = in_state(Visit.objects.filter(definition__code="week-4"), "missed", days)
        assert [visit.participant for visit in missed] == [there]
        lines = {line.site.code: line for line in overview(study=team.study, user=team.dewi).sites}
        assert (lines["SG01"].due, lines["KL01"].due) == (1, 0)
        waiting = {group.code: group.number for group in groups(Asked.today(team.study, team.dewi))}
        assert waiting["closing"] == 1
        client.force_login(team.budi)
        page = client.get(f"/studies/MEL-8/participants/{there.code}/visits/week-4/")
        assert "missed" in page.content.decode().lower()
        client.force_login(team.dewi)
        board = client.get("/studies/MEL-8/schedule/?state=missed").content.decode()
        assert "1 such visit" in board or there.code in board


def test_each_zone_has_a_rollover_of_its_own(
    people: tuple[Participant, Participant], team: Team
) -> None:
    here, there = people
    row = DailyRollover.objects.get(time_zone="Asia/Tokyo", state="queued")
    assert row.due_at == datetime(2026, 3, 2, 15, tzinfo=UTC), "midnight in Tokyo"
    with time_machine.travel(LATE, tick=False):
        roll_over(str(row.pk))
    week_4 = Visit.objects.filter(definition__code="week-4")
    states = dict(week_4.values_list("participant__code", "state"))
    assert states == {here.code: "scheduled", there.code: "missed"}, "Singapore's turn is not yet"
    queued = DailyRollover.objects.filter(state="queued", day=date(2026, 3, 31))
    assert [one.time_zone for one in queued] == ["Asia/Tokyo"]


def test_reminders_and_calendar_follow_the_site_else_the_participant(
    people: tuple[Participant, Participant],
) -> None:
    here, there = people
    due = {one.code: first_of(one) for one in people}
    assert due[here.code].hour - due[there.code].hour == 1, "nine in Tokyo is eight in Singapore"
    assert b"X-WR-TIMEZONE:Asia/Tokyo" in calendar_of(there)
    there.time_zone = "Europe/Prague"
    assert b"X-WR-TIMEZONE:Europe/Prague" in calendar_of(there)
    assert visits.today(there) == visits.today(there.site), "windows stay the site's"


def first_of(participant: Participant) -> datetime:
    found = Message.objects.filter(participant=participant, kind="visit_opens").earliest("due_at")
    return found.due_at


def test_exports_filter_days_by_the_site(
    people: tuple[Participant, Participant], team: Team
) -> None:
    at = datetime(2026, 3, 29, 15, 30, tzinfo=UTC)
    for one in people:
        visit = one.visits.get(definition__code="week-4")
        PhotoFactory(visit=visit, state="accepted", received_at=at)
    found = accepted_photos(team.study, Filters(received_from=date(2026, 3, 30)))
    assert [photo.visit.participant for photo in found] == [people[1]]


def test_a_change_moves_reminders_and_needs_a_zone_that_exists(
    people: tuple[Participant, Participant], team: Team
) -> None:
    with time_machine.travel("2026-03-03T03:00:00Z", tick=False):
        before = first_of(people[1])
        with pytest.raises(Invalid, match="time zone"):
            edit_site(site=team.kl01, by=team.dewi, reason="x", time_zone="Asia/Atlantis")
        edit_site(site=team.kl01, by=team.dewi, reason="they moved", time_zone="")
        assert (first_of(people[1]) - before).total_seconds() == 3600
    assert people[1].visits.get(definition__code="week-4").closes_on == date(2026, 3, 29)


def test_the_protocol_file_keeps_it(team: Team) -> None:
    Site.objects.filter(pk=team.kl01.pk).update(time_zone="Asia/Kuala_Lumpur")
    team.study.refresh_from_db()
    again = read_protocol(write_protocol(protocol_of(team.study)))
    assert {site["code"]: site["time_zone"] for site in again["sites"]} == {
        "KL01": "Asia/Kuala_Lumpur",
        "SG01": "",
    }

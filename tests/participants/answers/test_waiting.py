"""Visits and participants that wait for answers: on Today and on the schedule."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from inference.dashboards.services import waiting
from inference.dashboards.services.waiting import Asked
from participants.answers.services.slots import open_slots
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.access.models import User
from studies.assignments.models import Assignment
from studies.protocol.models import Site
from tests.conftest import Team
from tests.factories import NOW
from tests.inference.scoring.photos import make_visit
from tests.participants.answers.factories import SubmissionFactory
from tests.participants.answers.filled import itch_asked
from tests.participants.capture.factories import PhotoFactory
from tests.studies.access.factories import MembershipFactory
from tests.studies.assignments.factories import AssignmentFactory
from tests.typed import words

SignIn = Callable[[User], Client]
DAY = NOW.date()
DAILY = {"timing": "days", "visits": [], "first_day": 0, "every": 1}
LONG_AGO = NOW - timedelta(days=400)


def visit(site: Site, number: int, closes: int = 9, **values: Any) -> Visit:
    """Week 0 of a participant, planned yesterday, its window closing in so many days."""
    return make_visit(
        site,
        code=f"{site.code}-{number:04d}",
        scheduled_on=DAY - timedelta(days=10),
        opens_on=DAY - timedelta(days=20),
        closes_on=DAY + timedelta(days=closes),
        **values,
    )


def shown(team: Team, user: User) -> dict[str, list[str]]:
    """The codes of whom each kind of questionnaire waits for, of the kinds of this file."""
    asked = Asked.today(team.study, user)
    kinds = [waiting.kind_of(code) for code in ("forms_over", "forms", "silent", "diaries")]
    found = {
        kind.code: [
            row.told.participant.code
            for row in waiting.described(asked, kind, list(waiting.all_rows(asked, kind)))
        ]
        for kind in kinds
        if kind is not None
    }
    return {code: rows for code, rows in found.items() if rows}


def test_an_open_visit_waits_until_its_questionnaire_was_begun(team: Team) -> None:
    asked = itch_asked(team.study, assigned_at=LONG_AGO)
    first, second = visit(team.sg01, 1), visit(team.sg01, 2)
    visit(team.sg01, 3, closes=9, state="cancelled")
    assert shown(team, team.amina) == {"forms": ["SG01-0001", "SG01-0002"]}
    assert shown(team, team.budi) == {}, "another site's"
    SubmissionFactory(participant=first.participant, assignment=asked, visit=first)
    assert shown(team, team.amina) == {"forms": ["SG01-0002"]}
    Participant.objects.filter(pk=second.participant_id).update(state="completed")
    assert shown(team, team.amina) == {}


def test_over_is_a_visit_that_was_made_and_lacks_what_staff_or_the_protocol_wants(
    team: Team,
) -> None:
    asked = itch_asked(team.study, assigned_at=LONG_AGO, required=True)
    photographed, missed = visit(team.sg01, 1, closes=-1), visit(team.sg01, 2, closes=-1)
    PhotoFactory(visit=photographed)
    assert shown(team, team.amina) == {"forms_over": ["SG01-0001"]}
    Assignment.objects.filter(pk=asked.pk).update(required=False)
    assert shown(team, team.amina) == {}, "what a participant may leave out"
    Assignment.objects.filter(pk=asked.pk).update(filled_by="staff")
    assert shown(team, team.amina) == {"forms_over": ["SG01-0001"]}
    PhotoFactory(visit=missed)
    assert shown(team, team.amina) == {"forms_over": ["SG01-0001", "SG01-0002"]}


def test_nobody_waits_for_what_was_assigned_after_the_visit_closed_or_is_ended(
    team: Team,
) -> None:
    asked = itch_asked(team.study, assigned_at=LONG_AGO, required=True)
    PhotoFactory(visit=visit(team.sg01, 1, closes=-1))
    visit(team.sg01, 2)
    assert set(shown(team, team.amina)) == {"forms_over", "forms"}
    Assignment.objects.filter(pk=asked.pk).update(assigned_at=NOW)
    assert shown(team, team.amina) == {"forms": ["SG01-0002"]}
    Assignment.objects.filter(pk=asked.pk).update(ended_at=NOW)
    assert shown(team, team.amina) == {}


def diarist(site: Site, number: int, days_ago: int) -> Participant:
    participant = visit(site, number, closes=-1).participant
    Participant.objects.filter(pk=participant.pk).update(enrolled_on=DAY - timedelta(days=days_ago))
    participant.refresh_from_db()
    return participant


def answered(asked: Assignment, who: Participant, *days_ago: int) -> None:
    for back in days_ago:
        day = DAY - timedelta(days=back)
        SubmissionFactory(participant=who, assignment=asked, day=day, state="submitted")


def test_a_diary_left_empty_three_times_is_told_and_one_answer_ends_it(team: Team) -> None:
    asked = itch_asked(team.study, assigned_at=LONG_AGO, **DAILY)
    diarist(team.sg01, 1, 2)
    long_silent = diarist(team.sg01, 2, 3)
    diarist(team.sg01, 3, 30)
    wrote = diarist(team.sg01, 4, 30)
    answered(asked, wrote, 3)
    assert shown(team, team.amina)["silent"] == ["SG01-0002", "SG01-0003"]
    answered(asked, long_silent, 1)
    assert shown(team, team.amina)["silent"] == ["SG01-0003"]
    Assignment.objects.filter(pk=asked.pk).update(last_day=28)
    assert "silent" not in shown(team, team.amina), "a diary that is over"


@pytest.mark.parametrize("every", [1, 3, 7])
@pytest.mark.parametrize("open_days", [0, 2])
def test_diaries_open_today_are_those_that_the_participants_own_page_shows(
    team: Team, every: int, open_days: int
) -> None:
    given = {**DAILY, "every": every, "first_day": 2, "last_day": 20, "open_days": open_days}
    asked = itch_asked(team.study, assigned_at=NOW - timedelta(days=4), **given)
    people = [diarist(team.sg01, number, number) for number in range(1, 25)]
    answered(asked, people[8], *(n for n in range(9) if (9 - n - 2) % every == 0))
    own = [one.code for one in people if open_slots(one, DAY)]
    assert own, "somebody is asked"
    assert shown(team, team.amina).get("diaries") == own


def test_the_lines_name_the_forms_and_lead_to_them(team: Team, as_person: SignIn) -> None:
    asked = itch_asked(team.study, assigned_at=LONG_AGO)
    AssignmentFactory(instrument=asked.instrument, code="again", assigned_at=LONG_AGO)
    visit(team.sg01, 1)
    page = as_person(team.amina).get("/studies/MEL-8/today/")
    assert "Itch, Itch" in words(page)
    form = "/studies/MEL-8/participants/SG01-0001/questionnaires/again/week-0/"
    assert form in page.content.decode()


def test_the_schedule_marks_and_finds_them_for_those_who_see_answers(
    team: Team, as_person: SignIn
) -> None:
    itch_asked(team.study, assigned_at=LONG_AGO)
    visit(team.sg01, 1)
    pharmacist = MembershipFactory(study=team.study, site=team.sg01, role="pharmacist").user
    board = "/studies/MEL-8/schedule/"
    own = as_person(team.amina).get(board, {"state": "forms"})
    assert "· questionnaire" in words(own)
    assert "SG01-0001" in words(own)
    assert "SG01-0001" not in words(as_person(team.amina).get(board, {"state": "forms_over"}))
    assert "· questionnaire" not in words(as_person(pharmacist).get(board))
    assert "SG01-0001" not in words(as_person(pharmacist).get(board, {"state": "forms"}))


def test_the_days_are_those_of_each_site(team: Team) -> None:
    """At noon in Singapore it is still yesterday in Honolulu."""
    itch_asked(team.study, assigned_at=LONG_AGO, **{**DAILY, "last_day": 5})
    Site.objects.filter(pk=team.sg01.pk).update(time_zone="Pacific/Honolulu")
    days = Asked.today(team.study, team.amina).days
    own: date = days.at(team.sg01.pk)
    for number in range(8):
        who = visit(team.sg01, number + 1, closes=-1).participant
        enrolled = own - timedelta(days=number)
        Participant.objects.filter(pk=who.pk).update(enrolled_on=enrolled)
    assert shown(team, team.amina)["diaries"] == [f"SG01-{n:04d}" for n in range(1, 7)]

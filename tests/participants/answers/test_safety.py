"""Serious adverse events: the shipped form, the clock, and who is told what."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from participants.answers.errors import AnswersFixed
from participants.answers.models import SafetyNotice, SeriousEvent, Submission
from participants.answers.services.contents import content_of
from participants.answers.services.correcting import correct, strike
from participants.answers.services.entering import filled_from, new_request, shown_form
from participants.answers.services.erasing import erase_answers
from participants.answers.services.filled import Filled
from participants.answers.services.safety import report_event, send_notice
from participants.answers.services.slots import find_slot, next_slot
from participants.answers.services.submitting import submit
from studies.access.models import User
from studies.assignments.services import assign
from studies.instruments.services import import_shipped, publish_version
from studies.instruments.shipped import SHIPPED
from studies.platform import work
from studies.platform.errors import NotAllowed
from tests.conftest import Team
from tests.participants.phone import Phone
from tests.studies.access.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
EVENT = {
    "/data/event/kind": "swelling",
    "/data/event/description": "Left eyelid swollen shut",
    "/data/event/start_known": "day",
    "/data/event/start": "2026-03-01",
    "/data/event/ongoing": "yes",
    "/data/grading/severity": "severe",
    **{f"/data/grading/{name}": "no" for name in ("death", "threat", "disability", "birth")},
    "/data/grading/important": "no",
    "/data/grading/hospital": "yes",
    "/data/grading/known_since": "2026-03-02T10:00:00.000+08:00",
    "/data/assessment/causality": "possible",
    "/data/assessment/action": "paused",
    "/data/assessment/treated": "yes",
    "/data/assessment/outcome": "recovering",
}


@pytest.fixture
def reader(team: Team) -> User:
    person: User = UserFactory(name="Gita", email="gita@example.org")
    MembershipFactory(user=person, study=team.study, site=team.sg01, role="safety_reader")
    return person


@pytest.fixture
def asked(team: Team, phone: Phone) -> Phone:
    """The shipped form of adverse events, published and asked of staff."""
    version = import_shipped(study=team.study, code="adverse_event", by=team.dewi)
    assert version.counts == {"understood": len(version.report)}
    publish_version(version=version, by=team.dewi)
    assign(
        study=team.study,
        instrument=version.instrument,
        code="ae",
        timing="as_needed",
        filled_by="staff",
        role="adverse_event",
        by=team.dewi,
        reason="Safety",
    )
    return phone


def form(phone: Phone, place: str = "", **over: str) -> Filled:
    assignment = phone.participant.study.assignments.get()
    who = phone.participant
    slot = find_slot(who, assignment, place) if place else next_slot(who, assignment)
    at = timezone.now().astimezone(who.zone)
    values = {**EVENT, **{f"/data/{name}": value for name, value in over.items()}}
    shown = shown_form(slot, values, [], language="default", told=True, at=at)
    assert [(field.ref, field.problem) for field in shown.broken] == []
    return filled_from(slot, shown, request_id=new_request(), at=at)


def entered(phone: Phone, by: User) -> Submission:
    return submit(
        participant=phone.participant,
        assignment=phone.participant.study.assignments.get(),
        place="",
        filled=form(phone),
        by=by,
    ).submission


def perform() -> None:
    for _round in range(2):  # one row makes the others
        for row in list(SafetyNotice.objects.filter(work.due(timezone.now()))):
            work.perform(SafetyNotice, row.pk, send_notice)


def test_a_serious_event_is_told_at_once_without_what_it_is(
    team: Team, asked: Phone, reader: User, as_person: Sign
) -> None:
    row = entered(asked, team.amina)
    event = SeriousEvent.objects.get()
    assert event.known_at.isoformat() == "2026-03-02T02:00:00+00:00"
    assert event.due_at - event.known_at == timedelta(hours=24)
    perform()
    (sent,) = mail.outbox
    assert sent.to == ["gita@example.org"]
    assert "SG01-0007" in sent.subject
    said = f"{sent.subject} {sent.body}"
    assert "3 March 2026, 10:00" in said
    for told in ("swell", "eyelid", "hospital", "Severe", "possible"):
        assert told not in said
    page = as_person(team.amina).get("/studies/MEL-8/participants/SG01-0007/").content.decode()
    assert "24 hours end on" in page
    today = as_person(team.amina).get("/studies/MEL-8/today/").content.decode()
    assert "serious adverse event to report" in today
    assert "report by 3 Mar 2026, 10:00" in today
    with pytest.raises(NotAllowed):
        report_event(event=event, by=reader)
    report_event(event=event, by=team.amina)
    with pytest.raises(AnswersFixed):
        report_event(event=event, by=team.amina)
    again = as_person(team.amina).get("/studies/MEL-8/today/").content.decode()
    assert "serious adverse event to report" not in again
    assert row.state == "submitted"


def test_it_is_entered_on_the_page_as_a_browser_sends_moments(
    team: Team, asked: Phone, as_person: Sign
) -> None:
    desk = as_person(team.amina)
    page = f"/studies/MEL-8/participants/{asked.participant.code}/questionnaires/ae/another/"
    shown = desk.get(page).content.decode()
    carried = {
        name: re.findall(rf'name="{name}" value="([^"]*)"', shown)[0]
        for name in ("seen", "request_id")
    }
    typed = {**EVENT, "/data/grading/known_since": "2026-03-02T08:30"}
    sent = desk.post(page, {"answered": "1", **carried, **typed, "check": "1"})
    assert sent.status_code == 302, sent.content.decode()
    event = SeriousEvent.objects.get()
    assert event.known_at.isoformat() == "2026-03-02T00:30:00+00:00"
    again = desk.get(f"{page.replace('another', '1')}?correct=1").content.decode()
    assert 'value="2026-03-02T08:30"' in again


def test_a_correction_begins_and_ends_the_clock_and_striking_ends_it(
    team: Team, asked: Phone, reader: User
) -> None:
    row = entered(asked, team.amina)
    mild = form(asked, "1", **{"grading/hospital": "no"})
    correct(submission=row, filled=mild, reason="Was not admitted", by=team.amina)
    assert not SeriousEvent.objects.running().exists()
    correct(submission=row, filled=form(asked, "1"), reason="Was admitted", by=team.amina)
    assert SeriousEvent.objects.running().count() == 1
    strike(submission=row, reason="Of another person", by=team.amina)
    assert not SeriousEvent.objects.running().exists()


def test_a_correction_of_when_it_was_known_moves_the_clock_until_it_is_reported(
    team: Team, asked: Phone, reader: User
) -> None:
    row = entered(asked, team.amina)
    due = SeriousEvent.objects.get().due_at
    earlier = form(asked, "1", **{"grading/known_since": "2026-03-01T23:15"})
    correct(submission=row, filled=earlier, reason="Known last night", by=team.amina)
    moved = SeriousEvent.objects.get()
    assert moved.known_at.isoformat() == "2026-03-01T15:15:00+00:00"
    assert moved.due_at == moved.known_at + timedelta(hours=24) < due
    report_event(event=moved, by=team.amina)
    correct(submission=row, filled=form(asked, "1"), reason="This morning", by=team.amina)
    assert SeriousEvent.objects.get().due_at == moved.due_at


def test_without_a_safety_reader_the_manager_is_told(team: Team, asked: Phone) -> None:
    entered(asked, team.amina)
    perform()
    assert [message.to for message in mail.outbox] == [["dewi@example.org"]]


def test_an_erasure_leaves_the_coded_event_with_its_seriousness(team: Team, asked: Phone) -> None:
    row = entered(asked, team.amina)
    erase_answers(asked.participant)
    left = content_of(row.latest).answers
    names = {path.rpartition("/")[2] for path in left}
    assert "description[1]" not in names
    assert {"kind[1]", "serious[1]", "causality[1]", "start[1]", "outcome[1]"} <= names
    assert SeriousEvent.objects.count() == 1


def test_every_shipped_form_is_taken_without_a_word(team: Team) -> None:
    for code in SHIPPED:
        version = import_shipped(study=team.study, code=code, by=team.dewi)
        assert set(version.counts) == {"understood"}

"""A participant's history: sentences, filters, and who reads what."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client

from participants.correcting.services.details import correct_details
from participants.desk import history
from participants.people.models import Participant
from participants.people.services.identity import open_identity
from studies.access.models import User
from studies.platform.errors import NotAllowed
from tests.conftest import Team
from tests.participants.staff import DETAILS, enrol, plan_week_visits
from tests.typed import words

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
PAGE = "/studies/MEL-8/participants/SG01-0001/history/"
WHY = "Misheard at the desk"


@pytest.fixture
def siti(team: Team) -> Participant:
    plan_week_visits(team.study)
    participant = enrol(team.sg01, team.amina)
    new = replace(DETAILS, ethnicity="indian", fitzpatrick=None)
    correct_details(participant=participant, details=new, reason=WHY, by=team.amina)
    open_identity(participant=participant, by=team.amina)
    return participant


def test_a_coordinator_reads_sentences_with_old_new_and_why(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    told = words(as_person(team.amina).get(PAGE))
    assert "Amina enrolled the participant." in told
    assert "Amina corrected what is known of the participant." in told
    assert f"Why: {WHY}" in told
    assert "was Malay, is Indian" in told
    assert "was IV, is not assessed" in told
    assert "Day 0 2 Mar 2026" in told
    assert "sha256" not in told
    assert "2026-03" not in told.partition("newest first")[2].partition("Filter")[2]
    assert "{" not in told
    assert "Siti" not in told
    assert "looked at the name" not in told
    asked = words(as_person(team.amina).get(PAGE, {"reads": "on"}))
    assert "Amina looked at the name and contact." in asked


@pytest.mark.parametrize("who", ["dewi", "ewa"])
def test_who_may_not_read_names_reads_what_was_done_and_not_what_was_said(
    team: Team, siti: Participant, as_person: Sign, who: str
) -> None:
    told = words(as_person(getattr(team, who)).get(PAGE))
    assert "Amina corrected what is known of the participant." in told
    assert WHY not in told
    assert "Malay" not in told


@pytest.mark.parametrize("who", ["budi", "chandra", "farid"])
def test_others_are_refused_by_the_page_and_by_what_it_reads(
    team: Team, siti: Participant, as_person: Sign, who: str
) -> None:
    person = getattr(team, who)
    assert as_person(person).get(PAGE).status_code == (403 if who == "chandra" else 404)
    with pytest.raises(NotAllowed):
        history.events_about(participant=siti, by=person)


def test_another_participants_events_are_not_told(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    other = enrol(team.sg01, team.amina)
    new = replace(DETAILS, sex="male")
    correct_details(participant=other, details=new, reason="Another slip", by=team.amina)
    assert "Another slip" not in words(as_person(team.amina).get(PAGE))


def test_it_is_narrowed_by_kind_and_day(team: Team, siti: Participant, as_person: Sign) -> None:
    browser = as_person(team.amina)
    visits = words(browser.get(PAGE, {"kind": "visits"}))
    assert "Amina planned the visits." in visits
    assert "enrolled the participant" not in visits
    corrections = words(browser.get(PAGE, {"kind": "corrections"}))
    assert "corrected what is known" in corrections
    assert "planned the visits" not in corrections
    assert "Nothing of this kind" in words(browser.get(PAGE, {"until": "2026-03-01"}))
    assert "enrolled the participant" in words(browser.get(PAGE, {"since": "2026-03-02"}))

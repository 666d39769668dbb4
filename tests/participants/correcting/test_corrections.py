"""Corrections: who may, with which reason, what is kept, and who is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from participants.correcting.errors import NothingDiffers
from participants.correcting.services.completion import undo_completion
from participants.correcting.services.day_0 import correct_day_0
from participants.correcting.services.details import correct_details
from participants.correcting.services.screening import correct_screening
from participants.correcting.services.visit_day import correct_visit_day
from participants.enrolment.services.enrolment import complete_participant
from participants.people.models import Correction, Participant
from participants.privacy.services.erasure import _remove_rows, gather
from studies.access.models import User
from studies.members.services.tokens import issue_token
from studies.platform.confirming import Unconfirmed
from studies.platform.errors import Invalid, NotAllowed, ReasonMissing, StateRefused
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.staff import (
    DETAILS,
    consent,
    eligible_answers,
    enrol,
    plan_week_visits,
    publish,
    screen,
)
from tests.typed import opened, typed, words

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
PAGE = "/studies/MEL-8/participants/SG01-0001/"
CORRECT, DAY_0 = f"{PAGE}correct/", f"{PAGE}correct/day-0/"
WHY = "Misheard at the desk"
TODAY = date(2026, 3, 2)


@pytest.fixture
def siti(team: Team) -> Participant:
    plan_week_visits(team.study)
    return enrol(team.sg01, team.amina)


# --- Details -----------------------------------------------------------------------------------


def test_details_are_corrected_with_old_new_and_reason(team: Team, siti: Participant) -> None:
    new = replace(DETAILS, year_of_birth=1987, ethnicity="indian", fitzpatrick=None)
    correct_details(participant=siti, details=new, reason=f"  {WHY} ", by=team.amina)
    siti.refresh_from_db()
    assert (siti.year_of_birth, siti.ethnicity, siti.fitzpatrick) == (1987, "indian", None)
    kept = {row.field: (row.old, row.new, row.reason) for row in siti.corrections.all()}
    assert kept == {
        "year_of_birth": ("1986", "1987", WHY),
        "ethnicity": ("malay", "indian", WHY),
        "fitzpatrick": ("4", "", WHY),
    }
    event = AuditEvent.objects.get(action="participant.correct")
    assert event.contents.old == {"year_of_birth": 1986, "ethnicity": "malay", "fitzpatrick": 4}
    assert event.contents.new == {"year_of_birth": 1987, "ethnicity": "indian", "fitzpatrick": None}
    assert event.contents.reason == WHY


def test_only_the_coordinator_of_the_site_corrects(team: Team, siti: Participant) -> None:
    new = replace(DETAILS, sex="male")
    for person in (team.budi, team.chandra, team.dewi, team.ewa, team.farid):
        with pytest.raises(NotAllowed):
            correct_details(participant=siti, details=new, reason=WHY, by=person)
        with pytest.raises(NotAllowed):
            correct_day_0(participant=siti, day_0=date(2026, 3, 1), reason=WHY, by=person)
        with pytest.raises(NotAllowed):
            correct_screening(participant=siti, answers={}, reason=WHY, by=person)
        with pytest.raises(NotAllowed):
            undo_completion(participant=siti, reason=WHY, by=person)
    assert not Correction.objects.exists()


def test_a_reason_is_asked_for_and_names_nobody(team: Team, siti: Participant) -> None:
    new = replace(DETAILS, sex="male")
    with pytest.raises(ReasonMissing):
        correct_details(participant=siti, details=new, reason=" ", by=team.amina)
    with pytest.raises(Invalid, match="names the participant"):
        correct_details(participant=siti, details=new, reason="Siti Rahman said", by=team.amina)


def test_what_is_so_already_or_cannot_be_is_refused(team: Team, siti: Participant) -> None:
    with pytest.raises(NothingDiffers):
        correct_details(participant=siti, details=DETAILS, reason=WHY, by=team.amina)
    for wrong in (
        replace(DETAILS, year_of_birth=2027),
        replace(DETAILS, monk_tone=11),
        replace(DETAILS, language="th"),
    ):
        with pytest.raises(Invalid):
            correct_details(participant=siti, details=wrong, reason=WHY, by=team.amina)
    assert not Correction.objects.exists()


def test_an_age_outside_the_study_is_asked_about(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    browser = as_person(team.amina)
    sent = {**opened(browser, CORRECT), "year_of_birth": "2015", "reason": WHY}
    asked = browser.post(CORRECT, sent)
    assert asked.status_code == 422
    assert "Born in 2015, SG01-0001 was 10 or 11 when screened" in words(asked)
    siti.refresh_from_db()
    assert siti.year_of_birth == 1986
    assert browser.post(CORRECT, {**typed(asked), "confirmed": "age:2015"}).status_code == 302
    siti.refresh_from_db()
    assert siti.year_of_birth == 2015


def test_who_failed_and_fits_the_ages_by_the_corrected_year_is_told_to_be_screened(
    team: Team, siti: Participant
) -> None:
    Participant.objects.filter(pk=siti.pk).update(state="screen_failure", year_of_birth=2015)
    siti.refresh_from_db()
    right = replace(DETAILS, year_of_birth=1986)
    with pytest.raises(Unconfirmed) as asked:
        correct_details(participant=siti, details=right, reason=WHY, by=team.amina, confirmed=[])
    assert "They stay a screen failure" in asked.value.doubts["age-fits:1986"]


def test_a_language_whose_consent_is_newer_is_said_to_ask_again(
    team: Team, siti: Participant
) -> None:
    first = publish(team.study, version="1.0")
    consent(siti, first, team.amina)
    team.study.languages = ["en", "ms"]
    team.study.save()
    newer = publish(team.study, version="2.0", language="ms")
    newer.version.edition = first.version.edition + 1
    newer.version.save()
    siti.refresh_from_db()
    malay = replace(DETAILS, language="ms")
    with pytest.raises(Unconfirmed) as asked:
        correct_details(participant=siti, details=malay, reason=WHY, by=team.amina, confirmed=[])
    assert "asked to read and sign consent 2.0" in asked.value.doubts["consent:2.0"]
    correct_details(
        participant=siti, details=malay, reason=WHY, by=team.amina, confirmed=["consent:2.0"]
    )
    siti.refresh_from_db()
    assert siti.language == "ms"


def test_a_visit_said_to_be_made_before_the_consent_is_asked_about(
    team: Team, siti: Participant
) -> None:
    consent(siti, publish(team.study), team.amina)
    Participant.objects.filter(pk=siti.pk).update(enrolled_on=date(2026, 2, 27))
    visit = siti.visits.get(definition__code="baseline")
    visit.state, visit.completed_at = "complete", datetime(2026, 3, 2, 2, tzinfo=UTC)
    visit.save()
    said = {"visit": visit, "made_on": date(2026, 3, 1), "reason": WHY, "by": team.amina}
    with pytest.raises(Unconfirmed) as asked:
        correct_visit_day(**said, confirmed=[])
    assert (
        "The consent was signed on 2 March 2026" in asked.value.doubts["before-consent:2026-03-01"]
    )


def test_the_second_to_save_is_told_and_sees_both(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    browser = as_person(team.amina)
    first = {**opened(browser, CORRECT), "year_of_birth": "1988", "reason": WHY}
    correct_details(
        participant=siti,
        details=replace(DETAILS, year_of_birth=1987),
        reason=WHY,
        by=team.amina,
    )
    refused = browser.post(CORRECT, first)
    assert refused.status_code == 409
    assert "1987” now" in words(refused)
    siti.refresh_from_db()
    assert siti.year_of_birth == 1987
    assert browser.post(CORRECT, typed(refused)).status_code == 302
    siti.refresh_from_db()
    assert siti.year_of_birth == 1988


def test_the_page_and_the_api_say_what_was_corrected(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    new = replace(DETAILS, ethnicity="indian")
    correct_details(participant=siti, details=new, reason=WHY, by=team.amina)
    assert "Indian corrected 2 Mar 2026, was Malay" in words(as_person(team.chandra).get(PAGE))
    key = issue_token(by=team.chandra).key
    api = Client(headers={"authorization": f"Bearer {key}"})
    row = api.get("/api/v1/studies/MEL-8/participants/SG01-0001/").json()
    assert [(one["field"], one["old"], one["new"]) for one in row["corrections"]] == [
        ("ethnicity", "malay", "indian")
    ]


def test_erasure_removes_corrections(team: Team, siti: Participant) -> None:
    new = replace(DETAILS, sex="male")
    correct_details(participant=siti, details=new, reason=WHY, by=team.amina)
    _remove_rows(siti, gather(siti))
    assert not Correction.objects.exists()


def test_nothing_is_corrected_of_somebody_erased(team: Team, siti: Participant) -> None:
    Participant.objects.filter(pk=siti.pk).update(state="erased")
    with pytest.raises(StateRefused):
        correct_details(participant=siti, details=DETAILS, reason=WHY, by=team.amina)


# --- Day 0 -------------------------------------------------------------------------------------


def planned(participant: Participant) -> dict[str, date]:
    rows = participant.visits.values_list("definition__code", "scheduled_on")
    return dict(rows)


def test_day_0_moves_the_visits(team: Team, siti: Participant) -> None:
    correct_day_0(participant=siti, day_0=date(2026, 2, 27), reason=WHY, by=team.amina)
    siti.refresh_from_db()
    assert siti.enrolled_on == date(2026, 2, 27)
    assert planned(siti) == {
        "baseline": date(2026, 2, 27),
        "week-4": date(2026, 3, 27),
        "week-8": date(2026, 4, 24),
    }
    event = AuditEvent.objects.get(action="visit.redate")
    assert event.contents.old == {
        "baseline": "2026-03-02",
        "week-4": "2026-03-30",
        "week-8": "2026-04-27",
    }
    row = siti.corrections.get()
    assert (row.field, row.old, row.new) == ("enrolled_on", "2026-03-02", "2026-02-27")


def test_a_visit_due_waits_again_and_a_missed_one_can_be_made(
    team: Team, siti: Participant
) -> None:
    baseline = siti.visits.get(definition__code="baseline")
    assert baseline.state == "due"
    tomorrow = TODAY + timedelta(days=1)
    correct_day_0(participant=siti, day_0=tomorrow, reason=WHY, by=team.amina)
    baseline.refresh_from_db()
    assert baseline.state == "scheduled"
    baseline.move("missed")
    correct_day_0(participant=siti, day_0=TODAY, reason=WHY, by=team.amina)
    baseline.refresh_from_db()
    assert baseline.state == "due"


@pytest.mark.parametrize("state", ["complete", "in_progress"])
def test_moving_visits_that_were_made_is_asked_about(
    team: Team, siti: Participant, as_person: Sign, state: str
) -> None:
    siti.visits.filter(definition__code="baseline").update(state=state)
    browser = as_person(team.amina)
    sent = {**opened(browser, DAY_0), "enrolled_on": "2026-03-01", "reason": WHY}
    asked = browser.post(DAY_0, sent)
    assert asked.status_code == 422
    assert "moves the planned days of visits that were made" in words(asked)
    assert planned(siti)["week-4"] == date(2026, 3, 30)
    assert browser.post(DAY_0, {**typed(asked), "confirmed": "made:2026-03-01"}).status_code == 302
    assert planned(siti)["week-4"] == date(2026, 3, 29)
    assert siti.visits.get(definition__code="baseline").state == state


@pytest.mark.parametrize(
    ("day", "asks"),
    [("2026-01-31", False), ("2026-01-30", True), ("2026-03-03", True)],
)
def test_a_day_0_far_back_or_to_come_is_asked_about(
    team: Team, siti: Participant, day: str, asks: bool
) -> None:
    siti.visits.filter(definition__code="baseline").update(state="cancelled")
    siti.visits.filter(definition__code="week-4").update(state="cancelled")
    new = date.fromisoformat(day)
    if asks:
        with pytest.raises(Unconfirmed, match="look again"):
            correct_day_0(participant=siti, day_0=new, reason=WHY, by=team.amina, confirmed=[])
    else:
        correct_day_0(participant=siti, day_0=new, reason=WHY, by=team.amina, confirmed=[])
    kept = siti.visits.get(definition__code="baseline").scheduled_on
    assert kept == TODAY, "what is cancelled stays"


def test_visits_that_are_over_by_it_are_named(team: Team, siti: Participant) -> None:
    with pytest.raises(Unconfirmed) as refused:
        correct_day_0(
            participant=siti,
            day_0=TODAY - timedelta(days=10),
            reason=WHY,
            by=team.amina,
            confirmed=[],
        )
    assert "too late for" in " ".join(refused.value.doubts.values())


@pytest.mark.parametrize("day", ["1985-01-01", "2037-01-01"])
def test_no_day_0_before_birth_or_decades_ahead(team: Team, siti: Participant, day: str) -> None:
    new = date.fromisoformat(day)
    with pytest.raises(Invalid):
        correct_day_0(participant=siti, day_0=new, reason=WHY, by=team.amina)


def test_day_0_is_corrected_of_those_enrolled_only(team: Team) -> None:
    screened = screen(team.sg01, team.amina)
    with pytest.raises(StateRefused):
        correct_day_0(participant=screened, day_0=TODAY, reason=WHY, by=team.amina)


# --- Screening and completion ------------------------------------------------------------------


def test_answers_are_corrected_and_eligibility_with_them(team: Team) -> None:
    screened = screen(team.sg01, team.amina)
    answers = {**eligible_answers(team.study), "age-in-range": False}
    with pytest.raises(Unconfirmed):
        correct_screening(
            participant=screened, answers=answers, reason=WHY, by=team.amina, confirmed=[]
        )
    correct_screening(participant=screened, answers=answers, reason=WHY, by=team.amina)
    screening = screened.screening
    screening.refresh_from_db()
    assert not screening.eligible
    line = next(one for one in screening.answers if one["code"] == "age-in-range")
    assert (line["answer"], line["met"]) == (False, False)
    row = screened.corrections.get()
    assert (row.field, row.old, row.new) == ("answer:age-in-range", "yes", "no")
    with pytest.raises(NothingDiffers):
        correct_screening(participant=screened, answers=answers, reason=WHY, by=team.amina)
    with pytest.raises(Invalid):
        correct_screening(participant=screened, answers={}, reason=WHY, by=team.amina)


def test_a_completion_by_mistake_is_undone(team: Team, siti: Participant, as_person: Sign) -> None:
    with pytest.raises(StateRefused):
        undo_completion(participant=siti, reason=WHY, by=team.amina)
    later = datetime(2026, 7, 1, 9, tzinfo=ZoneInfo(team.study.time_zone))
    with time_machine.travel(later):
        complete_participant(participant=siti, by=team.amina)
        browser, path = as_person(team.amina), f"{PAGE}correct/completion/"
        assert "Undo the completion" in words(browser.get(PAGE))
        assert browser.post(path, {**opened(browser, path), "reason": ""}).status_code == 422
        assert browser.post(path, {**opened(browser, path), "reason": WHY}).status_code == 302
    siti.refresh_from_db()
    assert (siti.state, siti.ended_at) == ("enrolled", None)
    event = AuditEvent.objects.get(action="participant.undo_completion")
    assert event.contents.reason == WHY

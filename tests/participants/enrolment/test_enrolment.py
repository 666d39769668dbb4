"""Screening and enrolling: who is eligible, what is kept, what is refused."""

import uuid
from dataclasses import replace
from datetime import date

import pytest
import time_machine

from participants.enrolment.errors import NotEligible, StudyNotActive
from participants.enrolment.services.enrolment import (
    AGE,
    Details,
    complete_participant,
    enrol_participant,
    screen_participant,
)
from participants.people.models import Identity, Participant
from participants.people.services.identity import IdentityData
from studies.platform.errors import Invalid, NotAllowed, StateRefused, fields_of
from studies.protocol.models import Study
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.staff import (
    DETAILS,
    SITI,
    eligible_answers,
    enrol,
    plan_week_visits,
    screen,
)
from tests.studies.protocol.factories import ArmFactory, EligibilityCriterionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_march_2026() -> object:
    with time_machine.travel("2026-03-02T09:00:00Z", tick=False):
        yield


def test_someone_eligible_gets_a_code_of_the_site_and_is_screened(team: Team) -> None:
    participant = screen(team.sg01, team.amina)

    assert participant.code == "SG01-0001"
    assert participant.state == "eligible"
    assert participant.screening.eligible
    assert participant.year_of_birth == 1986
    assert (participant.fitzpatrick, participant.monk_tone) == (4, 6)


def test_codes_count_per_site(team: Team) -> None:
    codes = [screen(team.sg01, team.amina).code, screen(team.kl01, team.budi).code]
    codes.append(screen(team.sg01, team.amina).code)

    assert codes == ["SG01-0001", "KL01-0001", "SG01-0002"]


def test_an_answer_that_does_not_fit_makes_someone_ineligible_and_no_identity_is_kept(
    team: Team,
) -> None:
    EligibilityCriterionFactory(
        study=team.study, code="pregnant", kind="exclusion", text="Is pregnant"
    )
    answers = {**eligible_answers(team.study), "pregnant": True}

    participant = screen_participant(
        site=team.sg01, answers=answers, details=DETAILS, by=team.amina
    )

    assert not participant.screening.eligible
    line = participant.screening.answers[-1]
    assert line == {
        "code": "pregnant",
        "kind": "exclusion",
        "text": "Is pregnant",
        "answer": True,
        "met": False,
    }
    with pytest.raises(NotEligible):
        enrol_participant(participant=participant, identity=SITI, arm=None, by=team.amina)
    assert not Identity.objects.exists()


def test_every_line_of_the_checklist_needs_an_answer(team: Team) -> None:
    EligibilityCriterionFactory(study=team.study, code="melasma")
    with pytest.raises(Invalid) as refused:
        screen_participant(site=team.sg01, answers={}, details=DETAILS, by=team.amina)

    assert set(fields_of(refused.value)) == {AGE, "melasma"}
    team.sg01.refresh_from_db()
    assert team.sg01.last_participant_number == 0, "a refused form uses up no number"


@pytest.mark.parametrize(
    ("born", "fits"), [(2008, True), (2009, False), (1950, True), (1945, True), (1944, False)]
)
def test_the_year_of_birth_agrees_with_the_age_that_was_answered(
    team: Team, born: int, fits: bool
) -> None:
    """In 2026 those born in 2008 are 17 or 18, those born in 1945 are 80 or 81."""
    team.study.max_age = 80
    team.study.save()
    team.sg01.study = team.study
    details = replace(DETAILS, year_of_birth=born)
    answers = eligible_answers(team.study)
    if fits:
        found = screen_participant(site=team.sg01, answers=answers, details=details, by=team.amina)
        assert found.screening.eligible
    else:
        with pytest.raises(Invalid) as refused:
            screen_participant(site=team.sg01, answers=answers, details=details, by=team.amina)
        assert list(fields_of(refused.value)) == ["year_of_birth"]


def test_someone_too_young_is_kept_as_ineligible_when_the_answer_says_so(team: Team) -> None:
    answers = {**eligible_answers(team.study), AGE: False}
    details = replace(DETAILS, year_of_birth=2012)

    found = screen_participant(site=team.sg01, answers=answers, details=details, by=team.amina)

    assert not found.screening.eligible


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("year_of_birth", 1899),
        ("year_of_birth", 2027),
        ("sex", "unknown"),
        ("ethnicity", "martian"),
        ("fitzpatrick", 7),
        ("fitzpatrick", 0),
        ("monk_tone", 11),
        ("monk_tone", 0),
        ("language", "th"),
    ],
)
def test_a_detail_out_of_range_is_refused_by_name(team: Team, field: str, value: object) -> None:
    details = Details(**{**vars(DETAILS), field: value})
    with pytest.raises(Invalid) as refused:
        screen_participant(
            site=team.sg01, answers=eligible_answers(team.study), details=details, by=team.amina
        )
    assert list(fields_of(refused.value)) == [field]
    assert not Participant.objects.exists()


def test_the_same_form_sent_twice_screens_one_person(team: Team) -> None:
    number = uuid.uuid4()
    answers = eligible_answers(team.study)
    first, second = (
        screen_participant(
            site=team.sg01, answers=answers, details=DETAILS, by=team.amina, request_id=number
        )
        for _ in range(2)
    )
    assert first == second
    assert Participant.objects.count() == 1
    team.sg01.refresh_from_db()
    assert team.sg01.last_participant_number == 1


def test_enrolling_seals_the_identity_sets_day_0_and_plans_the_visits(team: Team) -> None:
    plan_week_visits(team.study)
    arm = ArmFactory(study=team.study)

    participant = enrol(team.sg01, team.amina, arm=arm)

    assert participant.state == "enrolled"
    assert participant.allocation.opened().arm == arm.code
    assert participant.enrolled_on == date(2026, 3, 2)
    days = {v.definition.code: v.scheduled_on for v in participant.visits.all()}
    assert days["week-4"] == date(2026, 3, 30)
    assert b"Siti" not in bytes(participant.identity.sealed)


def test_day_0_is_the_date_where_the_study_is(team: Team) -> None:
    with time_machine.travel("2026-03-02T17:00:00Z", tick=False):  # 01:00 on the 3rd in Singapore
        participant = enrol(team.sg01, team.amina)
    assert participant.enrolled_on == date(2026, 3, 3)


def test_enrolling_twice_is_refused_and_changes_nothing(team: Team) -> None:
    participant = enrol(team.sg01, team.amina)
    sealed = bytes(participant.identity.sealed)
    with pytest.raises(StateRefused):
        enrol_participant(
            participant=Participant.objects.get(),
            identity=replace(SITI, name="Someone Else"),
            arm=None,
            by=team.amina,
        )
    assert bytes(Identity.objects.get().sealed) == sealed


def test_an_arm_of_the_study_is_chosen_where_there_are_arms(team: Team) -> None:
    ArmFactory(study=team.study)
    foreign = ArmFactory(study=team.other_study)
    participant = screen(team.sg01, team.amina)
    for arm in (None, foreign):
        with pytest.raises(Invalid) as refused:
            enrol_participant(participant=participant, identity=SITI, arm=arm, by=team.amina)
        assert list(fields_of(refused.value)) == ["arm"]
    assert not Identity.objects.exists()


@pytest.mark.parametrize("day_0", [date(1985, 12, 31), date(2037, 1, 1), date.min, date.max])
def test_a_day_0_before_birth_or_decades_ahead_is_refused(team: Team, day_0: date) -> None:
    participant = screen(team.sg01, team.amina)
    assert participant.year_of_birth == 1986
    with pytest.raises(Invalid) as refused:
        enrol_participant(
            participant=participant,
            identity=SITI,
            arm=None,
            by=team.amina,
            enrolled_on=day_0,
        )
    assert list(fields_of(refused.value)) == ["enrolled_on"]


@pytest.mark.parametrize(
    ("identity", "fields"),
    [
        (IdentityData("", "s@example.org"), ["name"]),
        (IdentityData("Siti"), ["phone"]),
        (IdentityData("Siti", "not an address"), ["email"]),
        (IdentityData("Siti", "", "call me"), ["phone"]),
    ],
)
def test_a_name_and_a_way_to_reach_the_person_are_needed(
    team: Team, identity: IdentityData, fields: list[str]
) -> None:
    participant = screen(team.sg01, team.amina)
    with pytest.raises(Invalid) as refused:
        enrol_participant(participant=participant, identity=identity, arm=None, by=team.amina)
    assert list(fields_of(refused.value)) == fields
    participant.refresh_from_db()
    assert participant.state == "eligible"


@pytest.mark.parametrize("who", ["budi", "chandra", "dewi", "ewa", "farid"])
def test_only_the_coordinator_of_the_site_screens_and_enrols(team: Team, who: str) -> None:
    person = getattr(team, who)
    with pytest.raises(NotAllowed):
        screen(team.sg01, person)
    participant = screen(team.sg01, team.amina)
    with pytest.raises(NotAllowed):
        enrol_participant(participant=participant, identity=SITI, arm=None, by=person)
    assert Participant.objects.get().state == "eligible"


@pytest.mark.parametrize("state", [Study.State.DRAFT, Study.State.CLOSED])
def test_nobody_is_screened_or_enrolled_in_a_study_that_is_not_active(
    team: Team, state: str
) -> None:
    participant = screen(team.sg01, team.amina)
    Study.objects.filter(pk=team.study.pk).update(state=state)
    with pytest.raises(StudyNotActive):
        screen(team.sg01, team.amina)
    with pytest.raises(StudyNotActive):
        enrol_participant(participant=participant, identity=SITI, arm=None, by=team.amina)


def test_the_record_tells_of_screening_and_enrolment_without_a_name(team: Team) -> None:
    enrol(team.sg01, team.amina)

    events = AuditEvent.objects.filter(participant_code="SG01-0001").order_by("sequence")
    assert [event.action for event in events] == [
        "participant.screen",
        "identity.record",
        "participant.enrol",
    ]
    assert all(event.actor_id == str(team.amina.pk) for event in events)
    written = "".join(str(event.__dict__) for event in events)
    assert "Siti" not in written
    assert "siti@example.org" not in written
    assert "6123" not in written


def test_taking_part_is_completed_once_no_visit_can_be_made(team: Team) -> None:
    plan_week_visits(team.study)
    participant = enrol(team.sg01, team.amina)
    with pytest.raises(StateRefused, match="Baseline"):
        complete_participant(participant=participant, by=team.amina)
    with time_machine.travel("2026-06-02T09:00:00Z", tick=False):
        with pytest.raises(NotAllowed):
            complete_participant(participant=participant, by=team.chandra)
        done = complete_participant(participant=participant, by=team.amina)
    assert done.state == "completed"
    assert done.ended_at is not None

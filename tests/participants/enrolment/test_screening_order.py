"""The order of screening: code, consent, criteria, enrolment; failure, and another attempt."""

from datetime import timedelta

import pytest

from participants.enrolment.errors import ConsentFirst, NotEligible
from participants.enrolment.services.enrolment import enrol_participant, screen_participant
from participants.enrolment.services.prescreening import open_consenting, prescreen_participant
from participants.enrolment.services.screening import (
    answer_checklist,
    fail_screening,
    screen_again,
)
from participants.people.models import Identity, Participant, ScreeningAttempt
from participants.people.services import invitations
from participants.visits import services as visits
from studies.platform.errors import Invalid, NotAllowed, StateRefused
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.staff import (
    CONTACT,
    DETAILS,
    PAGE,
    SITI,
    Sign,
    consent,
    eligible_answers,
    publish,
    screening_form,
)
from tests.studies.protocol.factories import EligibilityCriterionFactory

pytestmark = pytest.mark.django_db
State = Participant.State


@pytest.fixture
def strict(team: Team) -> Team:
    """A study in which nothing is asked before the signature."""
    team.study.prescreening_approval = ""
    team.study.save()
    team.sg01.study = team.study
    return team


def pre_screened(team: Team, **more: object) -> Participant:
    return prescreen_participant(site=team.sg01, by=team.amina, **more)  # type: ignore[arg-type]


def answer(participant: Participant, team: Team, **answers: bool) -> Participant:
    return answer_checklist(
        participant=participant,
        answers={**eligible_answers(team.study), **answers},
        details=DETAILS,
        by=team.amina,
    )


def test_a_code_comes_first_and_nothing_about_the_person(strict: Team) -> None:
    siti = pre_screened(strict, reason="Referred by the clinic")
    assert siti.state == State.PRE_SCREENED
    assert (siti.year_of_birth, siti.sex, siti.ethnicity) == (None, "", "")
    assert not Identity.objects.exists()
    attempt = siti.attempts.get()
    assert (attempt.number, attempt.outcome) == (1, "open")
    assert attempt.reason == "Referred by the clinic"
    with pytest.raises(StateRefused, match="No link"):
        invitations.issue(participant=siti, by=strict.amina)


def test_the_whole_way_in_the_right_order(strict: Team) -> None:
    text = publish(strict.study)
    siti = pre_screened(strict)
    with pytest.raises(ConsentFirst):
        answer(siti, strict)
    siti = open_consenting(participant=siti, identity=SITI, language="en", by=strict.amina)
    assert siti.state == State.CONSENTING
    invitations.issue(participant=siti, by=strict.amina)
    with pytest.raises(ConsentFirst):
        answer(siti, strict)
    consent(siti, text, strict.amina)
    siti.refresh_from_db()
    assert siti.state == State.SCREENING
    siti = answer(siti, strict)
    assert (siti.state, siti.year_of_birth, siti.sex) == (State.ELIGIBLE, 1986, "female")
    siti = enrol_participant(participant=siti, identity=None, arm=None, by=strict.amina)
    assert siti.state == State.ENROLLED
    assert siti.attempts.get().outcome == "enrolled"
    said = AuditEvent.objects.filter(participant_code=siti.code).order_by("pk")
    acts = [one.action for one in said if one.action.startswith("participant.")]
    assert acts == [
        "participant.pre_screen",
        "participant.begin_consent",
        "participant.screen",
        "participant.enrol",
    ]


def test_nobody_is_screened_at_once_where_the_consent_comes_first(strict: Team) -> None:
    with pytest.raises(ConsentFirst):
        screen_participant(
            site=strict.sg01,
            answers=eligible_answers(strict.study),
            details=DETAILS,
            by=strict.amina,
        )
    assert not Participant.objects.exists()


def test_nobody_is_enrolled_without_the_signature_where_it_comes_first(strict: Team) -> None:
    text = publish(strict.study)
    siti = open_consenting(participant=pre_screened(strict), identity=SITI, by=strict.amina)
    consent(siti, text, strict.amina)
    siti.refresh_from_db()
    siti = answer(siti, strict)
    siti.consents.update(state="withdrawn")
    with pytest.raises(ConsentFirst):
        enrol_participant(participant=siti, identity=None, arm=None, by=strict.amina)


def test_with_an_approval_the_questions_may_come_before_the_consent(team: Team) -> None:
    siti = answer(pre_screened(team), team)
    assert siti.state == State.ELIGIBLE
    enrol_participant(participant=siti, identity=SITI, arm=None, by=team.amina)


def test_a_criterion_that_is_not_met_is_a_screen_failure_with_its_words(team: Team) -> None:
    EligibilityCriterionFactory(study=team.study, code="laser", kind="exclusion", text="Laser")
    siti = answer(pre_screened(team), team, laser=True)
    assert siti.state == State.SCREEN_FAILURE
    attempt = siti.attempts.get()
    assert (attempt.outcome, attempt.failure) == ("failure", "criteria")
    assert attempt.failure_reason == "exclusion: Laser"
    with pytest.raises(NotEligible):
        enrol_participant(participant=siti, identity=SITI, arm=None, by=team.amina)


def test_who_declines_is_a_screen_failure_and_the_link_stops(strict: Team) -> None:
    siti = open_consenting(participant=pre_screened(strict), identity=SITI, by=strict.amina)
    link = invitations.issue(participant=siti, by=strict.amina).invitation
    with pytest.raises(Invalid, match="Nothing"):
        fail_screening(participant=siti, failure="declined", reason=" ", by=strict.amina)
    with pytest.raises(Invalid, match="name"):
        fail_screening(
            participant=siti, failure="declined", reason="Siti Rahman says no", by=strict.amina
        )
    siti = fail_screening(
        participant=siti, failure="declined", reason="Too far away", by=strict.amina
    )
    link.refresh_from_db()
    assert siti.state == State.SCREEN_FAILURE
    assert link.revoked_at is not None
    assert siti.attempts.get().failure_reason == "Too far away"
    with pytest.raises(StateRefused):
        fail_screening(participant=siti, failure="other", reason="Again", by=strict.amina)


def test_screened_again_is_a_new_attempt_under_the_same_code(team: Team) -> None:
    EligibilityCriterionFactory(study=team.study, code="laser", kind="exclusion", text="Laser")
    siti = answer(pre_screened(team), team, laser=True)
    siti = screen_again(participant=siti, reason="A year has passed", by=team.amina)
    assert siti.state == State.PRE_SCREENED
    siti = answer(siti, team)
    first, second = siti.attempts.order_by("number")
    assert (first.outcome, second.outcome, second.number) == ("failure", "eligible", 2)
    assert [line["met"] for line in first.answers] == [True, False], "the answers of then stay"
    assert Participant.objects.count() == 1
    with pytest.raises(StateRefused):
        screen_again(participant=siti, reason="Once more", by=team.amina)


def test_the_earlier_consent_does_not_carry_a_new_attempt(strict: Team) -> None:
    text = publish(strict.study)
    siti = open_consenting(participant=pre_screened(strict), identity=SITI, by=strict.amina)
    consent(siti, text, strict.amina)
    siti.refresh_from_db()
    siti = fail_screening(participant=siti, failure="other", reason="Travels", by=strict.amina)
    siti = screen_again(participant=siti, reason="Is back", by=strict.amina)
    with pytest.raises(ConsentFirst):
        answer(siti, strict)
    siti = open_consenting(participant=siti, identity=None, by=strict.amina)
    with pytest.raises(ConsentFirst):
        answer(siti, strict)
    consent(siti, text, strict.amina)
    siti.refresh_from_db()
    assert answer(siti, strict).state == State.ELIGIBLE


def test_a_day_ahead_or_long_ago_is_refused(strict: Team) -> None:
    today = visits.today(strict.study)
    for on in (today + timedelta(days=1), today - timedelta(days=400)):
        with pytest.raises(Invalid):
            pre_screened(strict, on=on)
    assert pre_screened(strict, on=today - timedelta(days=3)).attempts.get().number == 1


def test_only_who_enrols_at_the_site_may(strict: Team) -> None:
    siti = pre_screened(strict)
    for person in (strict.budi, strict.dewi, strict.ewa):
        with pytest.raises(NotAllowed):
            prescreen_participant(site=strict.sg01, by=person)
        with pytest.raises(NotAllowed):
            open_consenting(participant=siti, identity=SITI, by=person)
        with pytest.raises(NotAllowed):
            fail_screening(participant=siti, failure="other", reason="x", by=person)


# --- Pages -------------------------------------------------------------------------------------


def test_the_pages_lead_through_the_right_order(strict: Team, as_person: Sign) -> None:
    text = publish(strict.study)
    client = as_person(strict.amina)
    begun = client.get(f"{PAGE}enrol/")
    assert begun["Location"] == f"{PAGE}pre-screen/"
    form = {**screening_form(strict.sg01), "on": visits.today(strict.study).isoformat()}
    after = client.post(f"{PAGE}pre-screen/", form)
    assert after["Location"] == f"{PAGE}SG01-0001/consenting/"
    client.post(after["Location"], {**CONTACT, "language": "en"})
    siti = Participant.objects.get()
    assert siti.state == State.CONSENTING
    page = client.get(f"{PAGE}SG01-0001/").content.decode()
    assert "Next: record consent" in page
    assert f"{PAGE}SG01-0001/screen-failure/" in page
    assert "Siti" not in page
    consent(siti, text, strict.amina)
    assert "Next: screen" in client.get(f"{PAGE}SG01-0001/").content.decode()
    asked = client.get(f"{PAGE}SG01-0001/screen/").content.decode()
    assert "Inclusion criteria" in asked
    after = client.post(f"{PAGE}SG01-0001/screen/", screening_form(strict.sg01))
    assert after["Location"] == f"{PAGE}SG01-0001/enrol/"
    last = client.get(after["Location"]).content.decode()
    assert "id_name" not in last, "the contact is known since the consent"
    client.post(after["Location"], {"enrolled_on": visits.today(strict.study).isoformat()})
    siti.refresh_from_db()
    assert siti.state == State.ENROLLED


def test_the_log_holds_every_attempt_filtered_and_as_a_file(team: Team, as_person: Sign) -> None:
    EligibilityCriterionFactory(study=team.study, code="laser", kind="exclusion", text="=Laser")
    failed = answer(pre_screened(team, reason="=SUM(1)"), team, laser=True)
    answer(pre_screened(team), team)
    other = prescreen_participant(site=team.kl01, by=team.budi)
    client = as_person(team.amina)
    page = client.get(f"{PAGE}screening-log/?outcome=failure").content.decode()
    assert failed.code in page
    assert "SG01-0002" not in page
    answer_file = client.get(f"{PAGE}screening-log/file/")
    lines = b"".join(answer_file.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 3, "the header and the attempts of her own site"
    assert lines[1].startswith("MEL-8,SG01,SG01-0001,1,2026-03-02,'=SUM(1),screen_failure,")
    assert "exclusion: =Laser" in lines[1]
    assert other.code not in "".join(lines)
    assert AuditEvent.objects.filter(action="screening_log.export").count() == 1


def test_a_corrected_answer_moves_state_and_log(team: Team) -> None:
    from participants.correcting.services.screening import answers_of, correct_screening

    EligibilityCriterionFactory(study=team.study, code="laser", kind="exclusion", text="Laser")
    siti = answer(pre_screened(team), team, laser=True)
    correct_screening(
        participant=siti,
        answers={**answers_of(siti.screening), "laser": False},
        reason="Ticked wrongly",
        by=team.amina,
    )
    siti.refresh_from_db()
    assert siti.state == State.ELIGIBLE
    attempt: ScreeningAttempt = siti.attempts.get()
    assert (attempt.outcome, attempt.failure, attempt.failure_reason) == ("eligible", "", "")

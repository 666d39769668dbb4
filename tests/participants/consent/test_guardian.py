"""A minor on screen: the guardian signs, the minor agrees, and signs anew once of age."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from inference.dashboards.services.waiting import Asked, groups
from participants.consent.errors import ConsentOutdated
from participants.consent.models import Consent
from participants.consent.services import consents
from participants.consent.services.guardians import Guardian
from participants.consent.services.paper import Signed, record_paper_consent
from participants.correcting.services.details import NAMES, correct_details
from participants.enrolment.services.enrolment import Details
from participants.enrolment.services.prescreening import open_consenting, prescreen_participant
from participants.enrolment.services.questions import checklist
from participants.enrolment.services.screening import answer_checklist
from participants.people.models import Participant
from participants.people.services.identity import IdentityData, open_bytes
from studies.consent_texts.models import ConsentDocument
from studies.platform.confirming import Unconfirmed
from studies.platform.errors import Invalid, fields_of
from tests.conftest import Team
from tests.participants.consent.pdf import text_of
from tests.participants.consent.test_paper import page as paper_page
from tests.participants.phone import make_phone
from tests.participants.staff import PAGE, Sign, consent_form, enrol, publish, signature

pytestmark = pytest.mark.django_db
MOTHER = Guardian(relationship="mother", agrees=True, assent="Siti", of_age_on=date(2026, 9, 14))
AS_MOTHER = {
    "typed_name": "Aminah Yusof",
    "given_by": "guardian",
    "relationship": "mother",
    "agrees": "on",
    "assent": "Siti",
    "of_age_on": "2026-09-14",
}


@pytest.fixture(autouse=True)
def young(team: Team) -> None:
    """People from 16 on take part; of age they are at 18."""
    team.study.min_age = 16
    team.study.save()


@pytest.fixture
def text(team: Team) -> ConsentDocument:
    return publish(team.study)


@pytest.fixture
def siti(team: Team, text: ConsentDocument) -> Participant:
    siti = enrol(team.sg01, team.amina)
    Participant.objects.filter(pk=siti.pk).update(year_of_birth=2008)  # turns 18 this year
    siti.refresh_from_db()
    return siti


def sign(siti: Participant, by: Any, guardian: Guardian | None) -> Consent:
    text = consents.next_for(siti).document
    return consents.give_consent(
        participant=siti,
        document=text,
        document_sha256=text.sha256,
        choices={"ai_scoring": True},
        typed_name="Aminah Yusof" if guardian else "Siti Rahman",
        signature_png=signature(),
        by=by,
        guardian=guardian,
    )


def test_a_guardian_signs_on_the_clinics_screen_beside_the_minors_own_words(
    team: Team, as_person: Sign, siti: Participant, text: ConsentDocument
) -> None:
    client = as_person(team.amina)
    page = client.get(f"{PAGE}SG01-0001/consent/").content.decode()
    assert "A parent or guardian, for somebody under 18" in page
    assert "Nobody will be cross with you." in page
    sent = client.post(f"{PAGE}SG01-0001/consent/", consent_form(text, **AS_MOTHER))
    assert sent.status_code == 302
    given = Consent.objects.get()
    assert (given.given_by, given.relationship, given.assented) == ("guardian", "mother", True)
    assert given.of_age_on == date(2026, 10, 1), "the birth date itself is not kept"
    assert b"Siti" in open_bytes(bytes(given.sealed_others), owner=siti)
    copy = text_of(consents.open_copy(consent=given, by=team.amina))
    for words in ("Aminah Yusof", "mother", "Siti, who takes part: I want to take part."):
        assert words in copy
    assert "by a parent or guardian of a minor (mother)" in words_of(client, "SG01-0001")


def words_of(client: Any, code: str) -> str:
    return " ".join(client.get(f"{PAGE}{code}/").content.decode().split())


def test_a_guardian_signs_on_the_phone(team: Team, text: ConsentDocument) -> None:
    phone = make_phone(team.sg01, consented=False)
    unsaid = phone.client.post("/my/consent/review/", consent_form(text))
    assert unsaid.status_code == 422, "who signs has to be said"
    assert (
        phone.client.post("/my/consent/review/", consent_form(text, **AS_MOTHER)).status_code == 302
    )
    given = Consent.objects.get()
    assert given.given_by == "guardian"
    given.of_age_on = date(2026, 3, 1)
    given.save()
    page = phone.client.get("/my/consent/review/").content.decode()
    assert "You are of age now" in page
    assert "The same as before" not in page, "they have read none of it yet"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"relationship": " "}, "relationship"),
        ({"agrees": False}, "agrees"),
        ({"assent": ""}, "assent"),
        ({"of_age_on": None}, "of_age_on"),
        ({"of_age_on": date(2026, 3, 2)}, "of_age_on"),
    ],
)
def test_what_is_missing_of_the_minors_part_is_named_and_nothing_recorded(
    team: Team, siti: Participant, changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        sign(siti, team.amina, replace(MOTHER, **changed))
    assert set(fields_of(refused.value)) == {field}
    assert not Consent.objects.exists()


def test_where_only_adults_take_part_nobody_signs_for_somebody(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    team.study.min_age = 18
    team.study.save()
    siti.refresh_from_db()
    assert "A parent or guardian" not in words_of(as_person(team.amina), "SG01-0001/consent")
    with pytest.raises(Invalid) as refused:
        sign(siti, team.amina, MOTHER)
    assert "given_by" in fields_of(refused.value)


def test_who_is_known_to_be_a_minor_does_not_sign_alone_on_screen_or_paper(
    team: Team, siti: Participant, text: ConsentDocument
) -> None:
    Participant.objects.filter(pk=siti.pk).update(year_of_birth=2009)
    siti.refresh_from_db()
    with pytest.raises(Invalid) as refused:
        sign(siti, team.amina, None)
    assert "under 18" in fields_of(refused.value)["given_by"]
    with pytest.raises(Invalid) as refused:
        record_paper_consent(
            participant=siti,
            document=text,
            choices={"ai_scoring": True},
            signed=Signed(on=date(2026, 3, 2), name="Siti Rahman"),
            pages=[paper_page()],
            by=team.amina,
        )
    assert "under 18" in fields_of(refused.value)["given_by"]


def test_a_minor_who_signed_alone_is_not_screened_before_a_guardian_signed(
    team: Team, text: ConsentDocument
) -> None:
    team.study.prescreening_approval = ""
    team.study.save()
    siti = prescreen_participant(site=team.sg01, by=team.amina)
    open_consenting(
        participant=siti,
        identity=IdentityData(name="Siti Rahman", email="siti@example.org"),
        by=team.amina,
    )
    siti.refresh_from_db()
    sign(siti, team.amina, None)
    answers = {line.code: line.wanted for line in checklist(team.study, team.sg01)}
    young = Details(year_of_birth=2009, sex="female", ethnicity="malay")

    def screen() -> Participant:
        return answer_checklist(participant=siti, answers=answers, details=young, by=team.amina)

    with pytest.raises(Invalid) as refused:
        screen()
    assert "signed the consent alone" in fields_of(refused.value)["year_of_birth"]
    sign(siti, team.amina, MOTHER)
    assert screen().state == Participant.State.ELIGIBLE


def test_of_age_they_sign_for_themselves_and_no_photo_is_taken_before(
    team: Team, as_person: Sign, siti: Participant, time_machine: TimeMachineFixture
) -> None:
    sign(siti, team.amina, MOTHER)
    consents.require_current_consent(siti)
    # In Singapore the first of October has begun; in UTC it is still September.
    time_machine.move_to("2026-09-30T17:00:00Z", tick=False)
    with pytest.raises(ConsentOutdated, match="of age"):
        consents.require_current_consent(siti)
    assert consents.allows_scoring(siti), "what was sent is used under the guardian's consent"
    waiting = {group.code: group.number for group in groups(Asked.today(team.study, team.amina))}
    assert waiting["of_age"] == 1
    assert "renew" not in waiting, "told once, by its own name"
    with pytest.raises(Invalid, match="not complete"):
        sign(siti, team.amina, MOTHER)
    own = sign(siti, team.amina, None)
    assert (own.given_by, own.of_age_on, own.follows) == ("self", None, Consent.objects.last())
    consents.require_current_consent(siti)


# --- The year of birth corrected ----------------------------------------------------------------


def born(siti: Participant, year: int, by: Any, confirmed: list[str] | None = None) -> None:
    """The year corrected as a page does: what it makes of the consent is to be confirmed."""
    known = {name: getattr(siti, name) for name in NAMES}
    correct_details(
        participant=siti,
        details=Details(**{**known, "year_of_birth": year}),
        reason="Misheard",
        by=by,
        confirmed=confirmed or [],
    )
    siti.refresh_from_db()


def waiting(team: Team) -> dict[str, int]:
    return {group.code: group.number for group in groups(Asked.today(team.study, team.amina))}


def test_corrected_to_a_minor_who_signed_alone_it_says_so_and_no_photo_is_taken_before_a_guardian(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    sign(siti, team.amina, None)
    consents.require_current_consent(siti)
    with pytest.raises(Unconfirmed) as asked:
        born(siti, 2009, team.amina)
    (key,) = asked.value.doubts
    assert "signed the consent alone. A parent or guardian has to sign" in asked.value.doubts[key]
    born(siti, 2009, team.amina, [key])
    with pytest.raises(ConsentOutdated, match="under 18"):
        consents.require_current_consent(siti)
    assert waiting(team)["minor"] == 1
    assert "renew" not in waiting(team)
    page = words_of(as_person(team.amina), "SG01-0001/consent")
    assert "A parent or guardian signs as well" in page
    assert "signed alone" in page
    with pytest.raises(Invalid):
        sign(siti, team.amina, None)
    sign(siti, team.amina, replace(MOTHER, of_age_on=date(2027, 5, 2)))
    consents.require_current_consent(siti)
    assert "minor" not in waiting(team)


def test_where_only_adults_take_part_a_minor_by_mistake_may_still_have_a_guardian(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    sign(siti, team.amina, None)
    team.study.min_age = 18
    team.study.save()
    with pytest.raises(Unconfirmed) as asked:
        born(siti, 2009, team.amina)
    assert set(asked.value.doubts) == {"age:2009", "signer:2009"}
    assert "takes nobody under 18" in asked.value.doubts["signer:2009"]
    born(siti, 2009, team.amina, ["age:2009", "signer:2009"])
    assert "A parent or guardian, for" in words_of(as_person(team.amina), "SG01-0001/consent")
    assert sign(siti, team.amina, MOTHER).given_by == "guardian"


def test_corrected_back_the_consent_holds_as_it_was_signed(team: Team, siti: Participant) -> None:
    sign(siti, team.amina, None)
    born(siti, 2009, team.amina, ["signer:2009"])
    with pytest.raises(Unconfirmed, match="look again") as asked:
        born(siti, 2001, team.amina)
    assert "holds as it was signed" in asked.value.doubts["signer:2001"]
    born(siti, 2001, team.amina, ["signer:2001"])
    consents.require_current_consent(siti)
    assert "minor" not in waiting(team)


def test_who_is_of_age_by_now_and_signed_too_young_is_asked_to_sign_again(
    team: Team, siti: Participant, time_machine: TimeMachineFixture
) -> None:
    sign(siti, team.amina, None)
    time_machine.move_to("2028-06-01T03:00:00Z", tick=False)
    with pytest.raises(Unconfirmed) as asked:
        born(siti, 2009, team.amina)
    assert "was under 18 when they signed" in asked.value.doubts["signer:2009"]
    born(siti, 2009, team.amina, ["signer:2009"])
    with pytest.raises(ConsentOutdated, match="of age now"):
        consents.require_current_consent(siti)
    assert (waiting(team).get("of_age"), waiting(team).get("minor")) == (1, None)
    sign(siti, team.amina, None)
    consents.require_current_consent(siti)


def test_corrected_to_an_adult_the_guardians_consent_holds_no_longer(
    team: Team, siti: Participant
) -> None:
    sign(siti, team.amina, MOTHER)
    with pytest.raises(Unconfirmed) as asked:
        born(siti, 1998, team.amina)
    assert "a parent or guardian signed" in asked.value.doubts["signer:1998"]
    born(siti, 1998, team.amina, ["signer:1998"])
    assert waiting(team)["of_age"] == 1
    with pytest.raises(ConsentOutdated, match="of age now"):
        consents.require_current_consent(siti)
    sign(siti, team.amina, None)
    consents.require_current_consent(siti)


def test_a_day_of_majority_that_the_corrected_year_contradicts_is_not_believed(
    team: Team, siti: Participant, time_machine: TimeMachineFixture
) -> None:
    sign(siti, team.amina, MOTHER)  # of age in October, by what the mother said
    born(siti, 2009, team.amina, [])
    time_machine.move_to("2026-11-01T03:00:00Z", tick=False)
    consents.require_current_consent(siti)
    assert "of_age" not in waiting(team)
    time_machine.move_to("2027-11-01T03:00:00Z", tick=False)
    assert waiting(team)["of_age"] == 1


def test_the_phone_says_that_a_guardian_signs_as_well(team: Team, text: ConsentDocument) -> None:
    phone = make_phone(team.sg01)
    Participant.objects.filter(pk=phone.participant.pk).update(year_of_birth=2009)
    page = phone.client.get("/my/consent/review/").content.decode()
    assert "By your year of birth you are under 18" in page
    assert "The same as before" not in page

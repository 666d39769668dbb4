"""The staff's pages of participants: who sees what, forms that can be mended, acts done once."""

import re
import uuid
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from participants.models import Consent, Invitation, Participant
from participants.services import consents, invitations, visits
from studies.models import AuditEvent, User
from tests.conftest import Team
from tests.factories import (
    ArmFactory,
    EligibilityCriterionFactory,
    MembershipFactory,
    PhotoFactory,
)
from tests.participants.staff import (
    consent,
    enrol,
    plan_week_visits,
    publish,
    screen,
    signature,
)

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
PAGE = "/studies/MEL-8/participants/"


@pytest.fixture
def siti(team: Team) -> Participant:
    plan_week_visits(team.study)
    return enrol(team.sg01, team.amina)


def screening(team: Team, **changed: object) -> dict[str, object]:
    return {
        "request_id": uuid.uuid4(),
        "site": team.sg01.pk,
        "year_of_birth": 1986,
        "sex": "female",
        "ethnicity": "malay",
        "language": "en",
        "fitzpatrick": "4",
        "monk_tone": "6",
        "answer-age-in-range": "yes",
        **changed,
    }


CONTACT = {"name": "Siti Rahman", "phone": "+65 6123 4567", "email": "siti@example.org"}


# --- The list ----------------------------------------------------------------------------------


def test_the_list_shows_the_participants_of_ones_sites(team: Team, as_person: Sign) -> None:
    enrol(team.sg01, team.amina)
    enrol(team.kl01, team.budi)

    def listed(person: User) -> list[str]:
        page = as_person(person).get(PAGE).content.decode()
        return sorted(set(re.findall(r"[SK][GL]01-\d{4}(?=</a>)", page)))

    assert listed(team.amina) == ["SG01-0001"]
    assert listed(team.budi) == ["KL01-0001"]
    for person in (team.chandra, team.dewi, team.ewa):
        assert listed(person) == ["KL01-0001", "SG01-0001"]
    assert as_person(team.farid).get(PAGE).status_code == 404
    assert Client().get(PAGE)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["SG01-0001", "SG01-0002", "SG01-0003"]),
        ("code=0002", ["SG01-0002"]),
        ("state=screened", ["SG01-0003"]),
        ("visits=due", ["SG01-0002"]),
        ("visits=late", ["SG01-0002"]),
        ("visits=missed", ["SG01-0001"]),
        ("visits=retake", ["SG01-0002"]),
        ("sort=-code", ["SG01-0003", "SG01-0002", "SG01-0001"]),
        ("sort=next_on", ["SG01-0002", "SG01-0001", "SG01-0003"]),
        ("sort=-next_on", ["SG01-0001", "SG01-0002", "SG01-0003"]),
        ("code=XX", []),
    ],
)
def test_the_list_can_be_searched_filtered_and_sorted(
    team: Team, as_person: Sign, query: str, expected: list[str]
) -> None:
    plan_week_visits(team.study)
    today = visits.today(team.study)
    enrol(team.sg01, team.amina, enrolled_on=today - timedelta(days=10))
    late = enrol(team.sg01, team.amina, enrolled_on=today - timedelta(days=1))
    PhotoFactory(visit=late.visits.first(), state="retake_wanted")
    screen(team.sg01, team.amina)

    page = as_person(team.amina).get(f"{PAGE}?{query}").content.decode()

    assert re.findall(r"SG01-\d{4}(?=</a>)", page) == expected


def test_an_empty_list_says_what_to_do(team: Team, as_person: Sign) -> None:
    assert "Enrol the first participant" in as_person(team.amina).get(PAGE).content.decode()
    page = as_person(team.chandra).get(PAGE).content.decode()
    assert "Nobody is enrolled yet" in page
    assert "Enrol the first" not in page


def test_a_long_list_is_paged(team: Team, as_person: Sign) -> None:
    for _ in range(26):
        screen(team.sg01, team.amina)
    client = as_person(team.amina)
    assert "SG01-0026" not in client.get(PAGE).content.decode()
    assert "SG01-0026" in client.get(f"{PAGE}?page=2").content.decode()


# --- Enrolling ---------------------------------------------------------------------------------


def test_screening_leads_to_contact_and_then_to_the_participant(
    team: Team, as_person: Sign
) -> None:
    arm = ArmFactory(study=team.study)
    client = as_person(team.amina)

    answer = client.post(f"{PAGE}enrol/", screening(team))
    assert answer["Location"] == f"{PAGE}SG01-0001/enrol/"
    today = visits.today(team.study).isoformat()
    answer = client.post(answer["Location"], {**CONTACT, "arm": arm.pk, "enrolled_on": today})

    assert answer["Location"] == f"{PAGE}SG01-0001/"
    participant = Participant.objects.get()
    assert (participant.state, participant.arm) == ("enrolled", arm)
    page = client.get(answer["Location"]).content.decode()
    assert "Consent is missing" in page
    assert "Siti" not in page


def test_a_screening_sent_twice_makes_one_participant(team: Team, as_person: Sign) -> None:
    client = as_person(team.amina)
    form = screening(team)
    assert {client.post(f"{PAGE}enrol/", form)["Location"] for _ in range(2)} == {
        f"{PAGE}SG01-0001/enrol/"
    }
    assert Participant.objects.count() == 1


def test_contact_sent_twice_enrols_once_and_leads_to_the_participant(
    team: Team, as_person: Sign
) -> None:
    client = as_person(team.amina)
    screen(team.sg01, team.amina)
    form = {**CONTACT, "enrolled_on": visits.today(team.study).isoformat()}
    for _ in range(2):
        answer = client.post(f"{PAGE}SG01-0001/enrol/", form)
        assert answer["Location"] == f"{PAGE}SG01-0001/"
    assert AuditEvent.objects.filter(action="participant.enrol").count() == 1


def test_a_mistake_in_screening_keeps_what_was_typed(team: Team, as_person: Sign) -> None:
    wrong = screening(team, year_of_birth=2015, ethnicity="thai")
    answer = as_person(team.amina).post(f"{PAGE}enrol/", wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Born in 2015, nobody is 18 yet" in page
    assert 'value="2015"' in page
    assert '<option value="thai" selected' in page
    assert str(wrong["request_id"]) in page, "the mended form still counts once"
    assert not Participant.objects.exists()


def test_a_mistake_in_the_contact_keeps_what_was_typed(team: Team, as_person: Sign) -> None:
    screen(team.sg01, team.amina)
    form = {"name": "Siti Rahman", "enrolled_on": visits.today(team.study).isoformat()}
    answer = as_person(team.amina).post(f"{PAGE}SG01-0001/enrol/", form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Enter a phone number or an e-mail address" in page
    assert 'value="Siti Rahman"' in page


def test_who_is_not_eligible_is_not_asked_for_a_name(team: Team, as_person: Sign) -> None:
    EligibilityCriterionFactory(study=team.study, code="laser", kind="exclusion", text="Laser")
    client = as_person(team.amina)
    answer = client.post(f"{PAGE}enrol/", screening(team, **{"answer-laser": "yes"}))
    assert answer["Location"] == f"{PAGE}SG01-0001/"
    assert "Not eligible" in client.get(answer["Location"]).content.decode()
    contact = client.post(f"{PAGE}SG01-0001/enrol/", CONTACT)
    assert contact["Location"] == f"{PAGE}SG01-0001/"
    assert Participant.objects.get().state == "screened"


def test_the_site_of_a_screening_is_one_of_ones_own(team: Team, as_person: Sign) -> None:
    answer = as_person(team.amina).post(f"{PAGE}enrol/", screening(team, site=team.kl01.pk))
    assert answer.status_code == 422
    assert not Participant.objects.exists()


# --- The participant ---------------------------------------------------------------------------


def test_the_page_shows_visits_photos_and_reasons(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    baseline = siti.visits.get(definition__code="baseline")
    photo = PhotoFactory(visit=baseline, view="front", thumbnail_file="thumbs/x.jpg")
    reason = {"code": "blurred", "message": "The photo is blurred."}
    PhotoFactory(visit=baseline, view="left", state="retake_wanted", retake_reasons=[reason])

    page = as_person(team.chandra).get(f"{PAGE}SG01-0001/").content.decode()

    assert f"/studies/MEL-8/photos/{photo.pk}/thumb/" in page
    assert "The photo is blurred." in page
    event = AuditEvent.objects.get(action="photo.list")
    assert event.new == {"photos": [str(photo.pk)]}
    assert event.actor_id == str(team.chandra.pk)


def test_the_page_never_holds_the_identity(team: Team, as_person: Sign, siti: Participant) -> None:
    for person in (team.amina, team.chandra, team.dewi, team.ewa):
        page = as_person(person).get(f"{PAGE}SG01-0001/").content.decode()
        for part in ("Siti", "siti@example.org", "6123"):
            assert part not in page


def test_the_identity_is_shown_on_demand_and_that_is_recorded(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    client = as_person(team.amina)
    assert client.get(f"{PAGE}SG01-0001/identity/").status_code == 405
    for headers in ({}, {"HX-Request": "true"}):
        answer = client.post(f"{PAGE}SG01-0001/identity/", headers=headers)
        assert "Siti Rahman" in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]
    assert AuditEvent.objects.filter(action="identity.view").count() == 2


def test_the_buttons_follow_the_rights_at_this_site(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    def offered(person: User) -> bool:
        page = as_person(person).get(f"{PAGE}SG01-0001/").content.decode()
        acts = ("Record consent", "Make a link", "Withdraw from the study", "Name and contact")
        found = {act for act in acts if act in page}
        assert found in (set(), set(acts))
        return bool(found)

    assert offered(team.amina)
    for person in (team.chandra, team.dewi, team.ewa):
        assert not offered(person)


def test_a_visit_page_lists_every_photo_of_every_view(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    baseline = siti.visits.get(definition__code="baseline")
    PhotoFactory(visit=baseline, view="front")
    reason = {"code": "too_dark", "message": "The photo is too dark."}
    PhotoFactory(visit=baseline, view="front", state="replaced", retake_reasons=[reason])

    page = as_person(team.ewa).get(f"{PAGE}SG01-0001/visits/baseline/").content.decode()

    assert "1 earlier photo" in page
    assert "The photo is too dark." in page
    assert "2 views have no accepted photo yet" in page
    assert as_person(team.ewa).get(f"{PAGE}SG01-0001/visits/week-99/").status_code == 404


def test_the_contact_is_corrected_with_a_reason(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    client = as_person(team.amina)
    assert 'value="Siti Rahman"' in client.get(f"{PAGE}SG01-0001/contact/").content.decode()
    form = {**CONTACT, "email": "new@example.org", "reason": "New address"}
    assert client.post(f"{PAGE}SG01-0001/contact/", form).status_code == 302
    shown = client.post(f"{PAGE}SG01-0001/identity/").content.decode()
    assert "new@example.org" in shown


# --- Consent -----------------------------------------------------------------------------------


def consent_form(text: object, **changed: object) -> dict[str, object]:
    return {
        "request_id": uuid.uuid4(),
        "document_sha256": getattr(text, "sha256", ""),
        "choice-ai_scoring": "on",
        "typed_name": "Siti Rahman",
        "signature": "data:image/png;base64," + b64encode(signature()).decode(),
        **changed,
    }


def test_a_signed_form_is_a_consent_once(team: Team, as_person: Sign, siti: Participant) -> None:
    text = publish(team.study)
    client, form = as_person(team.amina), consent_form(text)
    for _ in range(2):
        assert client.post(f"{PAGE}SG01-0001/consent/", form)["Location"] == f"{PAGE}SG01-0001/"
    given = Consent.objects.get()
    assert given.signature_file
    pdf = client.get(f"{PAGE}SG01-0001/consent/{given.pk}/copy/")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf["Cache-Control"] == "private, no-store"
    assert pdf.content.startswith(b"%PDF")


def test_a_name_typed_is_a_signature_when_the_box_is_ticked(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    text = publish(team.study)
    client = as_person(team.amina)
    unsigned = client.post(f"{PAGE}SG01-0001/consent/", consent_form(text, signature=""))
    assert unsigned.status_code == 422
    assert "Please sign in the field" in unsigned.content.decode()
    client.post(f"{PAGE}SG01-0001/consent/", consent_form(text, signature="", sign_by_typing="on"))
    assert Consent.objects.get().signature_file == ""


def test_a_text_that_changed_is_shown_anew_and_the_name_is_kept(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    old = publish(team.study)
    form = consent_form(old)
    old.move("superseded")
    publish(team.study, version="2.0", body="# New words")

    answer = as_person(team.amina).post(f"{PAGE}SG01-0001/consent/", form)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The consent text has changed" in page
    assert "New words" in page
    assert 'value="Siti Rahman"' in page
    assert "checked" not in page, "choices belong to the words that were read"
    assert not Consent.objects.exists()


def test_an_incomplete_form_keeps_name_choices_and_signature(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    form = consent_form(publish(team.study))
    del form["choice-ai_scoring"]
    form["choice-publication"] = "on"
    answer = as_person(team.amina).post(f"{PAGE}SG01-0001/consent/", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Taking part needs agreement to this point" in page
    assert str(form["signature"]) in page
    assert 'value="Siti Rahman"' in page
    assert page.count("checked") == 1


@pytest.mark.parametrize("drawn", ["data:image/png;base64,AAAA", "no picture", "data:,%%%"])
def test_a_broken_signature_is_asked_for_again(
    team: Team, as_person: Sign, siti: Participant, drawn: str
) -> None:
    form = consent_form(publish(team.study), signature=drawn)
    answer = as_person(team.amina).post(f"{PAGE}SG01-0001/consent/", form)
    assert answer.status_code == 422
    assert "not a PNG picture" in answer.content.decode()
    assert not Consent.objects.exists()


def test_html_in_a_consent_text_is_shown_not_obeyed(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    publish(team.study, body="<script>alert(1)</script>\n\n# Words")
    page = as_person(team.amina).get(f"{PAGE}SG01-0001/consent/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_without_a_text_in_force_the_page_says_so(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    answer = as_person(team.amina).get(f"{PAGE}SG01-0001/consent/")
    assert answer.status_code == 409
    assert "no consent text in force" in answer.content.decode()


# --- Links and the end -------------------------------------------------------------------------


def test_a_new_link_is_shown_once_with_its_code_and_stops_when_told(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    client = as_person(team.amina)
    sheet = client.post(f"{PAGE}SG01-0001/link/")
    found = re.search(r"http://testserver/p/([\w-]{43})/", sheet.content.decode())
    assert found is not None
    assert "<svg" in sheet.content.decode()
    assert "no-store" in sheet["Cache-Control"]
    assert invitations.redeem(token=found[1]).participant == siti
    assert found[1] not in client.get(f"{PAGE}SG01-0001/").content.decode()

    link = Invitation.objects.get()
    client.post(f"{PAGE}SG01-0001/link/{link.pk}/revoke/")

    link.refresh_from_db()
    assert link.revoked_at is not None


def test_a_link_of_another_participant_is_not_stopped_from_here(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    other = invitations.issue(participant=enrol(team.kl01, team.budi), by=team.budi).invitation
    answer = as_person(team.amina).post(f"{PAGE}SG01-0001/link/{other.pk}/revoke/")
    assert answer.status_code == 404
    other.refresh_from_db()
    assert other.revoked_at is None


def test_withdrawal_asks_for_a_reason_and_a_tick(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    client, address = as_person(team.amina), f"{PAGE}SG01-0001/withdraw/"
    assert client.post(address, {"why": "Moved away"}).status_code == 422
    named = client.post(address, {"why": "Moved away", "note": "Siti Rahman left", "sure": "on"})
    assert named.status_code == 422
    assert "Write SG01-0001 instead" in named.content.decode()
    assert "Siti Rahman left" in named.content.decode(), "what was typed is kept"

    client.post(address, {"why": "Moved away", "note": "to Penang", "sure": "on"})

    siti.refresh_from_db()
    assert siti.state == "withdrawn"
    event = AuditEvent.objects.get(action="participant.withdraw")
    assert event.reason == "Moved away: to Penang"


# --- Doors -------------------------------------------------------------------------------------

ACTS = [
    ("get", "enrol_contact", ()),
    ("post", "enrol_contact", ()),
    ("post", "identity", ()),
    ("get", "contact", ()),
    ("post", "contact", ()),
    ("get", "consent", ()),
    ("post", "consent", ()),
    ("get", "consent_copy", (1,)),
    ("post", "issue_link", ()),
    ("post", "revoke_link", (1,)),
    ("get", "withdraw", ()),
    ("post", "withdraw", ()),
    ("post", "complete", ()),
]
READS = [("get", "detail", ()), ("get", "visit", ("baseline",))]


@pytest.mark.parametrize(("method", "name", "more"), ACTS)
def test_acts_are_for_the_coordinator_of_the_site(
    team: Team,
    as_person: Sign,
    siti: Participant,
    method: str,
    name: str,
    more: tuple[object, ...],
) -> None:
    consent(siti, publish(team.study), team.amina)
    before = AuditEvent.objects.count()
    address = reverse(f"participants:{name}", args=["MEL-8", "SG01-0001", *more])

    def status(person: User | None) -> int:
        client = as_person(person) if person else Client()
        return int(getattr(client, method)(address, CONTACT).status_code)

    assert status(team.budi) == 404, "another site's participant is not there"
    assert status(team.farid) == 404, "another study's neither"
    for person in (team.chandra, team.dewi, team.ewa):
        assert status(person) == 403
    assert status(None) == 302
    assert AuditEvent.objects.count() == before
    siti.refresh_from_db()
    assert siti.state == "enrolled"
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(("method", "name", "more"), READS)
def test_participants_and_visits_are_seen_by_roles_at_the_site(
    team: Team,
    as_person: Sign,
    siti: Participant,
    method: str,
    name: str,
    more: tuple[object, ...],
) -> None:
    address = reverse(f"participants:{name}", args=["MEL-8", "SG01-0001", *more])
    for person in (team.amina, team.chandra, team.dewi, team.ewa):
        assert as_person(person).get(address).status_code == 200
        assert as_person(person).post(address).status_code == 405
    for person in (team.budi, team.farid):
        assert as_person(person).get(address).status_code == 404
    assert Client().get(address)["Location"].startswith("/accounts/login/")


def test_screening_is_for_coordinators(team: Team, as_person: Sign) -> None:
    for person in (team.chandra, team.dewi, team.ewa):
        assert as_person(person).get(f"{PAGE}enrol/").status_code == 403
        assert as_person(person).post(f"{PAGE}enrol/", screening(team)).status_code == 403
    assert as_person(team.farid).get(f"{PAGE}enrol/").status_code == 404
    assert not Participant.objects.exists()


def test_who_holds_a_role_elsewhere_in_the_study_is_judged_by_the_participants_site(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    """Budi coordinates KL01 and may be given eyes at SG01: seeing is not doing."""
    MembershipFactory(user=team.budi, study=team.study, site=team.sg01, role="investigator")
    client = as_person(team.budi)
    page = client.get(f"{PAGE}SG01-0001/").content.decode()
    assert "Withdraw from the study" not in page
    assert client.post(f"{PAGE}SG01-0001/identity/").status_code == 403
    assert client.post(f"{PAGE}SG01-0001/link/").status_code == 403
    assert consents.consent_in_force(siti) is None

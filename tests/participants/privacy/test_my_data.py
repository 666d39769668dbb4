"""The participant's page about their data: what is held, a copy of it, and their wishes."""

import json

import pytest
from django.test import Client

from participants.consent.models import Consent
from participants.consent.services import consents
from participants.people.models import Participant
from participants.people.services import identity
from participants.people.views.my import KEY
from participants.privacy.models import DataRequest
from participants.privacy.services import data_requests, my_data
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.privacy.erasing import Filled, ask, ask_to_erase, fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(filled: Filled) -> Client:
    """The browser in which Siti's link was opened."""
    client = Client()
    session = client.session
    session[KEY] = filled.invitation.pk
    session.save()
    return client


# --- What is held ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("whole", "masked"),
    [
        ("budi@example.org", "b…@example.org"),
        ("+65 6123 4567", "… 67"),
        ("", ""),
        ("12", "…"),
    ],
)
def test_contact_is_shown_so_that_only_its_owner_knows_it(whole: str, masked: str) -> None:
    mask = my_data.mask_email if "@" in whole else my_data.mask_phone
    assert mask(whole) == masked


def test_the_page_tells_what_is_held_and_shows_no_photo(phone: Client, siti: Participant) -> None:
    page = phone.get("/my/data/").content.decode()
    assert "s…@example.org" in page
    assert "siti@example.org" not in page
    assert "Rahman" not in page
    assert "3 photos" in page
    assert "So far nobody has looked" in page
    assert "<img" not in page


def test_the_page_tells_when_name_and_contact_were_last_looked_at(
    team: Team, phone: Client, siti: Participant
) -> None:
    phone.get("/my/consent/")  # one's own look is none
    identity.open_identity(participant=siti, by=team.amina)
    assert "There was 1, on" in phone.get("/my/data/").content.decode()
    consents.open_copy(consent=Consent.objects.get(), by=team.amina)
    assert "There were 2" in phone.get("/my/data/").content.decode()


def test_the_copy_is_ones_own_coded_and_recorded(team: Team, phone: Client) -> None:
    fill(team)
    answer = phone.get("/my/data/copy.json")
    told = json.loads(answer.content)
    assert told["participant"]["code"] == "SG01-0001"
    assert len(told["photos"]) == 3
    text = answer.content.decode()
    for secret in ("Siti", "siti@example.org", "6123", "SG01-0002"):
        assert secret not in text
    assert AuditEvent.objects.filter(action="participant.take_copy").count() == 1


# --- Wishes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", ["stop", "stop-and-keep", "erase", "copy"])
def test_looking_at_a_wish_changes_nothing_and_its_button_does(
    phone: Client, siti: Participant, wish: str
) -> None:
    assert phone.get(f"/my/data/ask/{wish}/").status_code == 200
    assert not DataRequest.objects.exists()

    if wish == "erase":  # in two steps: what nobody can undo is said once more
        again = phone.post("/my/data/ask/erase/", {"reason": "Too <much>"}).content.decode()
        assert not DataRequest.objects.exists()
        assert "nobody can bring them back" in again
        assert "does not bring you back into the study" in again
        assert 'value="Too &lt;much&gt;"' in again, "what was written is kept"

    answer = phone.post(f"/my/data/ask/{wish}/", {"reason": "", "sure": "yes"})

    assert answer["Location"] == "/my/data/"
    assert DataRequest.objects.count() == 1
    page = phone.get("/my/data/").content.decode()
    assert "/r/" in page, "the receipt's address, before anything is erased"


def test_after_stopping_only_the_page_about_their_data_opens(
    phone: Client, siti: Participant
) -> None:
    ask(siti, "stop")
    assert phone.get("/my/data/").status_code == 200
    home = phone.get("/my/")
    assert home.status_code == 403
    assert "/my/data/" in home.content.decode(), "and the other pages lead there"
    assert phone.get("/my/visits/baseline/front/").status_code == 403
    assert phone.get("/my/reminders/").status_code == 403


def test_it_is_taken_back_on_the_phone(phone: Client, siti: Participant) -> None:
    request = ask_to_erase(siti)
    assert phone.post(f"/my/data/requests/{request.pk}/take-back/").status_code == 302
    request.refresh_from_db()
    assert request.state == "taken_back"


def test_nobody_takes_back_what_another_asked(team: Team, phone: Client) -> None:
    other = ask_to_erase(fill(team).participant)
    assert phone.post(f"/my/data/requests/{other.pk}/take-back/").status_code == 404
    other.refresh_from_db()
    assert other.state == "open"


def test_without_a_link_nothing_opens(siti: Participant) -> None:
    for path in ("/my/data/", "/my/data/copy.json", "/my/data/ask/erase/"):
        assert Client().get(path).status_code == 403
    assert Client().post("/my/data/ask/erase/").status_code == 403
    assert not DataRequest.objects.exists()


# --- Coming back -------------------------------------------------------------------------------


def test_who_stopped_reads_how_to_take_part_again(phone: Client, siti: Participant) -> None:
    words = "If you would like to take part again"
    assert words not in phone.get("/my/data/").content.decode()
    ask(siti, "stop")
    page = phone.get("/my/data/").content.decode()
    assert words in page
    assert "What was collected before stays locked" in page


def test_who_is_being_erased_takes_that_back_first(
    team: Team, phone: Client, siti: Participant
) -> None:
    request = ask_to_erase(siti)
    assert "take part again" not in phone.get("/my/data/").content.decode()
    staff = Client()
    staff.force_login(team.amina)
    address = f"/studies/{siti.study.code}/participants/{siti.code}/"
    assert "take part again" not in staff.get(address).content.decode()
    data_requests.take_back(request=request, by=siti)
    assert "take part again" in phone.get("/my/data/").content.decode()
    page = staff.get(address).content.decode()
    assert "If they would like to take part again" in page
    assert "They took the erasure back on" in page

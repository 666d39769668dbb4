"""What participants ask about their data: asked, taken back, answered; and the receipt."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from participants.models import (
    Consent,
    DataRequest,
    Participant,
    Photo,
    RequestNotice,
    RequestWork,
    Upload,
)
from participants.services import consents, data_requests, erasure, identity, my_data
from participants.services.request_notices import send_notice
from participants.views.my.access import KEY
from studies import work
from studies.errors import Invalid, NotAllowed, NotFound, StateRefused
from studies.models import AuditEvent, User
from studies.permissions import Permission
from studies.services.rights import may
from tests.conftest import Team
from tests.participants.erasing import Filled, ask_to_erase, carry_out, fill

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]


@pytest.fixture
def filled(team: Team) -> Filled:
    return fill(team)


@pytest.fixture
def siti(filled: Filled) -> Participant:
    return filled.participant


@pytest.fixture
def phone(filled: Filled) -> Client:
    """The browser in which Siti's link was opened."""
    client = Client()
    session = client.session
    session[KEY] = filled.invitation.pk
    session.save()
    return client


def ask(participant: Participant, kind: str) -> DataRequest:
    return data_requests.ask(participant=participant, kind=kind, by=participant)


# --- Asking ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "use"), [("stop", "restricted"), ("stop_keep", "full"), ("erase", "restricted")]
)
def test_collection_ends_with_the_request_itself(siti: Participant, kind: str, use: str) -> None:
    ask(siti, kind)
    siti.refresh_from_db()
    assert (siti.state, siti.use) == ("withdrawn", use)
    assert not siti.visits.filter(state__in=["scheduled", "due", "in_progress"]).exists()
    assert not Consent.objects.in_force().exists()
    assert not Upload.objects.exists()
    assert Photo.objects.count() == 3, "nothing is removed yet"


def test_a_copy_changes_nothing_about_taking_part(siti: Participant) -> None:
    request = ask(siti, "copy")
    siti.refresh_from_db()
    assert (siti.state, siti.use) == ("enrolled", "full")
    assert not RequestWork.objects.filter(request=request).exists(), "a person answers it"


def test_the_same_wish_twice_is_one_request(siti: Participant) -> None:
    assert ask(siti, "erase") == ask(siti, "erase")
    assert DataRequest.objects.count() == 1


def test_who_stopped_and_kept_may_still_lock_and_erase_but_not_unlock(siti: Participant) -> None:
    carry_out(ask(siti, "stop_keep"))
    carry_out(ask(siti, "stop"))
    siti.refresh_from_db()
    assert siti.use == "restricted"
    for less in ("stop_keep", "stop"):
        with pytest.raises(StateRefused):
            ask(siti, less)
    assert ask(siti, "erase").state == "open"


def test_nobody_asks_for_somebody_else(team: Team, siti: Participant) -> None:
    other = fill(team).participant
    ask(siti, "stop_keep")
    for person in (team.budi, team.chandra, team.dewi, team.ewa, team.farid, other):
        for kind in ("copy", "stop", "erase"):
            with pytest.raises(NotAllowed):
                data_requests.ask(participant=siti, kind=kind, by=person, reason="A call")
    siti.refresh_from_db()
    assert siti.use == "full"
    assert DataRequest.objects.count() == 1


def test_a_coordinator_takes_it_down_with_a_reason_that_names_nobody(
    team: Team, siti: Participant
) -> None:
    for reason in ("", "Siti Rahman called", "from +65 6123 4567"):
        with pytest.raises(Invalid):
            data_requests.ask(participant=siti, kind="erase", by=team.amina, reason=reason)
    request = data_requests.ask(participant=siti, kind="erase", by=team.amina, reason="A call")
    assert request.requested_by == team.amina
    assert not siti.invitations.filter(revoked_at=None).exists(), "the link stops, as it says"


def test_a_participants_own_words_are_sealed_and_for_their_coordinators_only(
    team: Team, siti: Participant
) -> None:
    words = "I am Siti Rahman and I do not like it"
    request = data_requests.ask(participant=siti, kind="erase", by=siti, reason=words)
    assert words.encode() not in bytes(request.sealed_reason)
    assert data_requests.reason_of(request=request, by=team.amina) == words
    for person in (team.budi, team.chandra, team.dewi, team.ewa):
        assert data_requests.reason_of(request=request, by=person) == ""
    told = json.dumps(list(AuditEvent.objects.values_list("old", "new", "reason")))
    assert "do not like" not in told


# --- Taking back -------------------------------------------------------------------------------


def test_an_erasure_waits_seven_days_and_may_be_taken_back_meanwhile(
    siti: Participant, settings: Settings
) -> None:
    request = ask_to_erase(siti)
    assert request.due_at - request.requested_at == timedelta(days=7) == settings.ERASURE_GRACE
    row = request.work
    assert not work.perform(type(row), row.pk, erasure.carry_out), "its day has not come"

    data_requests.take_back(request=request, by=siti)

    assert request.state == "taken_back"
    assert not RequestWork.objects.exists()
    siti.refresh_from_db()
    assert (siti.state, siti.use) == ("withdrawn", "restricted")
    assert Photo.objects.count() == 3


def test_a_coordinator_takes_it_back_for_them_and_nobody_else_does(
    team: Team, siti: Participant
) -> None:
    request = ask_to_erase(siti)
    for person in (team.budi, team.dewi, team.ewa, team.chandra):
        with pytest.raises(NotAllowed):
            data_requests.take_back(request=request, by=person, reason="A call")
    data_requests.take_back(request=request, by=team.amina, reason="A call")
    assert AuditEvent.objects.get(action="data_request.take_back").reason == "A call"


def test_what_has_begun_is_not_taken_back(siti: Participant) -> None:
    request = ask_to_erase(siti)
    RequestWork.objects.update(due_at=timezone.now())
    assert work.claim(RequestWork, request.work.pk)
    with pytest.raises(StateRefused):
        data_requests.take_back(request=request, by=siti)
    request.refresh_from_db()
    assert request.state == "open"


def test_only_an_erasure_is_taken_back(siti: Participant) -> None:
    for kind in ("copy", "stop"):
        with pytest.raises(StateRefused):
            data_requests.take_back(request=ask(siti, kind), by=siti)


def test_a_coordinator_may_have_it_done_at_once(team: Team, siti: Participant) -> None:
    request = ask_to_erase(siti)
    with pytest.raises(NotAllowed):
        data_requests.carry_out_now(request=request, by=team.dewi)
    data_requests.carry_out_now(request=request, by=team.amina)
    assert RequestWork.objects.get().due_at <= timezone.now()


# --- A copy ------------------------------------------------------------------------------------


def test_a_copy_is_handed_over_or_refused_with_a_reason_the_participant_reads(
    team: Team, siti: Participant
) -> None:
    first = ask(siti, "copy")
    with pytest.raises(Invalid):
        data_requests.answer_copy(request=first, given=False, by=team.amina)
    with pytest.raises(NotAllowed):
        data_requests.answer_copy(request=first, given=True, by=team.dewi)
    data_requests.answer_copy(request=first, given=False, reason="You have it", by=team.amina)
    assert (first.state, first.refusal) == ("refused", "You have it")
    second = ask(siti, "copy")
    data_requests.answer_copy(request=second, given=True, by=team.amina)
    assert second.state == "carried_out"


# --- Stop, carried out -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["stop", "stop_keep"])
def test_stopping_is_carried_out_by_a_worker_and_proved(siti: Participant, kind: str) -> None:
    request = ask(siti, kind)
    assert carry_out(request).state == "done"
    assert request.state == "carried_out"
    assert request.verified_at is not None
    assert request.counts["photos"] == 3


def test_it_is_not_carried_out_while_something_is_still_waiting(siti: Participant) -> None:
    request = ask(siti, "stop")
    siti.visits.filter(state="cancelled").update(state="due")
    row = carry_out(request)
    assert (row.state, request.state) == ("queued", "open")
    assert "visits" in row.last_error


# --- The mail ----------------------------------------------------------------------------------


def test_the_sites_coordinators_are_told_by_code_only(team: Team, siti: Participant) -> None:
    request = ask_to_erase(siti)
    notice = RequestNotice.objects.get(request=request)
    assert work.perform(RequestNotice, notice.pk, send_notice)

    [sent] = mail.outbox
    assert sent.to == [team.amina.email]
    text = f"{sent.subject} {sent.body}"
    assert siti.code in text
    for secret in ("Siti", "Rahman", "siti@example.org", "6123"):
        assert secret not in text


def test_what_a_coordinator_takes_down_needs_no_mail(team: Team, siti: Participant) -> None:
    data_requests.ask(participant=siti, kind="erase", by=team.amina, reason="A call")
    assert not RequestNotice.objects.exists()


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


# --- The participant's pages -------------------------------------------------------------------


@pytest.mark.parametrize("wish", ["stop", "stop-and-keep", "erase", "copy"])
def test_looking_at_a_wish_changes_nothing_and_its_button_does(
    phone: Client, siti: Participant, wish: str
) -> None:
    assert phone.get(f"/my/data/ask/{wish}/").status_code == 200
    assert not DataRequest.objects.exists()

    answer = phone.post(f"/my/data/ask/{wish}/", {"reason": ""})

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


# --- The receipt -------------------------------------------------------------------------------


def test_the_receipt_opens_for_anybody_with_its_address_and_names_nobody(
    siti: Participant,
) -> None:
    request = ask_to_erase(siti)
    token = data_requests.receipt_token(request)
    assert token not in json.dumps(list(DataRequest.objects.values_list("token_sha256")))
    answer = Client().get(f"/r/{token}/")
    page = answer.content.decode()
    assert request.number in page
    assert "Not erased yet" in page
    assert "no-store" in answer["Cache-Control"]
    for secret in ("Siti", "siti@", siti.code):
        assert secret not in page


def test_another_address_is_no_receipt(siti: Participant) -> None:
    ask_to_erase(siti)
    with pytest.raises(NotFound):
        data_requests.find_receipt("guessed")
    assert Client().get("/r/guessed/").status_code == 404


# --- Staff -------------------------------------------------------------------------------------


def test_coordinators_managers_and_monitors_see_requests_and_investigators_none(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    request = ask_to_erase(siti)
    seen = {
        name: DataRequest.objects.visible_to(getattr(team, name)).filter(pk=request.pk).exists()
        for name in ("amina", "budi", "chandra", "dewi", "ewa", "farid")
    }
    assert seen == {
        "amina": True, "budi": False, "chandra": False, "dewi": True, "ewa": True, "farid": False,
    }  # fmt: skip
    page = as_person(team.dewi).get("/studies/MEL-8/requests/").content.decode()
    assert siti.code in page
    assert "Erase now" not in page, "a manager sees, and does not act"
    assert "/r/" not in page, "the receipt's address is the participant's"


def test_a_coordinator_acts_on_the_page(team: Team, siti: Participant, as_person: Sign) -> None:
    request = ask_to_erase(siti)
    client, base = as_person(team.amina), "/studies/MEL-8/requests/"
    assert "Erase now" in client.get(base).content.decode()
    assert "Requests" in client.get("/studies/MEL-8/participants/").content.decode()
    named = client.post(f"{base}{request.pk}/take-back/", {"note": "Siti Rahman called"})
    assert named.status_code == 422
    assert client.post(f"{base}{request.pk}/erase-now/").status_code == 302
    assert RequestWork.objects.get().due_at <= timezone.now()


def test_withdrawing_for_someone_asks_what_becomes_of_what_was_collected(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    client, address = as_person(team.amina), f"/studies/MEL-8/participants/{siti.code}/withdraw/"
    said = {"why": "Participant's wish", "sure": "on"}
    assert client.post(address, said).status_code == 422
    client.post(address, {**said, "kind": "erase"})
    siti.refresh_from_db()
    assert (siti.state, siti.use) == ("withdrawn", "restricted")
    page = client.get("/studies/MEL-8/requests/").content.decode()
    assert "/r/" in page, "the coordinator hands the receipt's address over"
    offered = client.get(address).content.decode()
    assert 'value="stop_keep"' not in offered


def test_the_right_to_act_is_the_coordinators_of_the_site(team: Team) -> None:
    held = [
        name
        for name in ("amina", "budi", "chandra", "dewi", "ewa")
        if may(getattr(team, name), Permission.DATA_REQUEST_EDIT, study=team.study, site=team.sg01)
    ]
    assert held == ["amina"]

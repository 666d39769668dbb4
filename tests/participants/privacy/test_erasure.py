"""Erasing: everything of a participant is found before, and nothing but the tombstone after."""

import json

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from participants.capture.models import Photo, Upload
from participants.consent.models import Consent
from participants.messaging.models import Message
from participants.people.models import Identity, Invitation, Participant, Screening
from participants.people.services import identity
from participants.people.services.identity import IdentityData
from participants.privacy.models import RequestWork
from participants.privacy.services import data_requests, erasure
from participants.privacy.services.searching import rows_about, search_stores
from studies.platform import storage, work
from studies.record.models import AuditEvent
from studies.record.services.proof import find_breaks
from tests.conftest import Team
from tests.participants.privacy.erasing import (
    Filled,
    ask_to_erase,
    canaries_of,
    carry_out,
    erase,
    fill,
    sessions_of,
)
from tests.participants.staff import screen

pytestmark = pytest.mark.django_db


# --- What goes ---------------------------------------------------------------------------------


def test_everything_is_found_before_and_nothing_after(filled: Filled) -> None:
    siti = filled.participant
    terms = canaries_of(siti)
    before = {found.store for found in search_stores(siti, terms)}
    assert {"database", "files", "uploads"} <= before

    erase(siti)

    assert [found for found in search_stores(siti, terms) if found.store != "record"] == []
    siti.refresh_from_db()
    assert siti.state == "erased"


def test_no_row_about_them_is_left_but_the_tombstone(filled: Filled) -> None:
    siti = filled.participant
    assert sum(rows.count() for _, rows in rows_about(siti)) > 8

    erase(siti)

    assert {name: rows.count() for name, rows in rows_about(siti) if rows.exists()} == {}
    for model in (Identity, Invitation, Message, Photo, Screening, Upload):
        assert not model.objects.exists(), model
    siti.refresh_from_db()
    assert (siti.code, siti.site.code) == ("SG01-0001", "SG01")
    about = (siti.year_of_birth, siti.fitzpatrick, siti.monk_tone, siti.sex, siti.ethnicity)
    assert about == (None, None, None, "undisclosed", "undisclosed")
    assert siti.visits.count() == 3, "the study can still say what was planned and done"


def test_a_consent_keeps_version_choices_and_dates_and_no_person(siti: Participant) -> None:
    given = Consent.objects.get()
    erase(siti)
    left = Consent.objects.get()
    assert (left.document, left.choices, left.given_at) == (
        given.document,
        given.choices,
        given.given_at,
    )
    assert bytes(left.sealed_name) == b""
    assert (left.pdf_file, left.signature_file, left.withdrawal_reason) == ("", "", "")
    with pytest.raises(FileNotFoundError):
        storage.read(given.pdf_file)


def test_no_file_or_folder_of_theirs_is_left(filled: Filled, settings: Settings) -> None:
    erase(filled.participant)
    names = "\n".join(storage.stored_names())
    for photo in filled.photos:
        assert str(photo.pk) not in names
        assert photo.sha256 not in names
    assert "consents/" not in names
    assert list(settings.UPLOAD_ROOT.iterdir()) == []


def test_a_copy_of_a_photo_that_a_model_was_tried_on_goes_too(filled: Filled) -> None:
    body = storage.read(filled.photos[0].original_file)
    name, _ = storage.store("trials", "b1a2", body, suffix=".bin")
    erase(filled.participant)
    assert name not in list(storage.stored_names())


def test_their_phones_are_signed_out_and_nobody_elses(team: Team, filled: Filled) -> None:
    other = fill(team)
    assert sessions_of(filled.invitation) == 1
    erase(filled.participant)
    assert sessions_of(filled.invitation) == 0
    assert sessions_of(other.invitation) == 1


def test_nothing_of_anybody_else_is_touched(team: Team, filled: Filled) -> None:
    budi = IdentityData(name="Siti Rahman", email="other@example.org", phone="+65 9999 1111")
    other = fill(team, who=budi)  # even of the same name
    terms = canaries_of(other.participant)
    found = sorted(map(str, search_stores(other.participant, terms)))

    erase(filled.participant)

    assert sorted(map(str, search_stores(other.participant, terms))) == found
    assert identity.open_identity(participant=other.participant, by=team.amina) == budi
    assert Photo.objects.count() == 3


def test_somebody_only_screened_can_be_erased(team: Team) -> None:
    participant = screen(team.sg01, team.amina)
    request = data_requests.ask(
        participant=participant, kind="erase", by=team.amina, reason="A call"
    )
    assert carry_out(request).state == "done"
    participant.refresh_from_db()
    assert participant.state == "erased"


def test_nothing_can_be_asked_of_nobody(siti: Participant) -> None:
    erase(siti)
    siti.refresh_from_db()
    with pytest.raises(Exception, match="erased already"):
        ask_to_erase(siti)


# --- What is said of it ------------------------------------------------------------------------


def test_the_record_of_acts_stays_whole_and_says_what_was_done(siti: Participant) -> None:
    before = AuditEvent.objects.count()
    request = erase(siti)
    assert AuditEvent.objects.count() > before
    assert list(find_breaks()) == []
    event = AuditEvent.objects.get(action="participant.erase")
    assert event.contents.new["removed"]["photos"] == 3
    assert event.contents.new["number"] == request.number
    text = json.dumps([event.contents.old, event.contents.new, event.contents.reason])
    for secret in ("Siti", "Rahman", "siti@example.org", "6123"):
        assert secret not in text


def test_the_plan_is_sealed_while_it_is_needed_and_then_gone(siti: Participant) -> None:
    request = ask_to_erase(siti)
    row = RequestWork.objects.get(request=request)
    RequestWork.objects.update(due_at=timezone.now())
    work.perform(RequestWork, row.pk, erasure.carry_out)  # waits for the receipt's message
    row.refresh_from_db()
    assert row.step == "begun"
    assert row.sealed_plan
    assert b"Siti" not in bytes(row.sealed_plan)
    assert Identity.objects.exists(), "the message needs the address"
    carry_out(request)
    row.refresh_from_db()
    assert bytes(row.sealed_plan) == b""


def test_the_receipts_message_leaves_before_the_address_goes(siti: Participant) -> None:
    request = ask_to_erase(siti)
    RequestWork.objects.update(due_at=timezone.now())
    work.perform(RequestWork, RequestWork.objects.get().pk, erasure.carry_out)
    message = Message.objects.get(kind="erasure_receipt")
    assert message.about == request.number


def test_the_receipt_says_what_went_what_stays_and_that_it_was_searched(
    siti: Participant,
) -> None:
    request = ask_to_erase(siti)
    token = data_requests.receipt_token(request)
    carry_out(request)
    assert data_requests.receipt_token(request) == "", "not even sealed any more"
    page = Client().get(f"/r/{token}/").content.decode()
    assert "Everything is erased" in page
    assert "3 photos" in page
    assert "Nothing was found." in page
    for secret in ("Siti", siti.code):
        assert secret not in page

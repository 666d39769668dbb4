"""A photo uploaded by staff at the clinic: checked like any other, and said to be theirs."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django.fixtures import Settings

from participants.capture.errors import PhotoTooLarge
from participants.capture.models import Photo
from participants.people.models import Participant
from participants.privacy.services.withdrawal import withdraw
from participants.scheduling.services.clinic import add_clinic_photo
from participants.scheduling.services.moving import mark_missed
from studies.platform.errors import StateRefused
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.scheduling.visits import PAGE, VISIT, WHY, Sign, at, picture, sent
from tests.participants.staff import consent, publish
from tests.typed import words

pytestmark = pytest.mark.django_db


def test_a_photo_is_uploaded_at_the_clinic_and_says_so(
    team: Team, agreed: Participant, as_person: Sign, django_capture_on_commit_callbacks: Callable
) -> None:
    browser = as_person(team.amina)
    page = browser.get(f"{PAGE}visits/baseline/photo/")
    assert 'enctype="multipart/form-data"' in page.content.decode()
    form = sent()
    assert browser.post(f"{PAGE}visits/baseline/photo/", form).status_code == 302
    photo = Photo.objects.get()
    assert (photo.added_by, photo.sent_by, photo.state) == (team.amina, "staff", "received")
    assert "taken at the clinic" in photo.how_taken
    assert photo.check_work.state == "queued"  # the same checks as any other
    event = AuditEvent.objects.get(action="photo.receive")
    assert event.contents.new is not None
    assert event.contents.new["place"] == "clinic"
    form["photo"] = SimpleUploadedFile("face.jpg", picture(), "image/jpeg")
    assert browser.post(f"{PAGE}visits/baseline/photo/", form).status_code == 302
    assert Photo.objects.count() == 1  # pressed twice


def test_what_cannot_be_uploaded_is_refused_in_words(
    team: Team, agreed: Participant, as_person: Sign
) -> None:
    browser = as_person(team.amina)
    there = f"{PAGE}visits/baseline/photo/"
    empty = browser.post(there, sent(body=b""))
    assert (empty.status_code, "empty" in words(empty)) == (422, True)
    none = browser.post(there, {**sent(), "photo": ""})
    assert (none.status_code, "This field is required" in words(none)) == (422, True)
    closed = browser.get(f"{VISIT}photo/")
    assert "taken from 28 March 2026 to 2 April 2026" in words(closed)
    assert "Move the visit" in words(closed)
    refused = browser.post(f"{VISIT}photo/", sent())
    assert refused.status_code == 409
    assert not Photo.objects.exists()


def test_no_consent_too_large_and_whoever_left(
    team: Team, siti: Participant, tmp_path: Path, settings: Settings
) -> None:
    file = tmp_path / "face.jpg"
    file.write_bytes(picture())

    def add(view: str = "front") -> None:
        add_clinic_photo(
            visit=at(siti, "baseline"), view=view, file=file, photo_id=uuid.uuid4(), by=team.amina
        )

    with pytest.raises(StateRefused, match="has given no consent"):
        add()
    consent(siti, publish(team.study), team.amina)
    settings.UPLOAD_MAX_BYTES = 100
    with pytest.raises(PhotoTooLarge, match="more than 0 MB"):
        add()
    settings.UPLOAD_MAX_BYTES = 10**6
    mark_missed(visit=at(siti, "baseline"), reason=WHY, by=team.amina)
    with pytest.raises(StateRefused, match="marked as missed"):
        add()
    withdraw(participant=siti, reason=WHY, by=team.amina)
    siti.refresh_from_db()
    with pytest.raises(StateRefused, match="withdrawn"):
        add()
    assert not Photo.objects.exists()

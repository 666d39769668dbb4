"""The phone's copy goes only when the server has named its hash."""

import uuid

import pytest

from participants.capture.models import Photo
from tests.participants.phone import JPEG, make_phone, sha256

pytestmark = pytest.mark.usefixtures("on_the_day")


class TestConfirmation:
    def test_only_a_finished_upload_is_answered_with_its_hash(self, phone):
        photo = uuid.uuid4()
        assert "Photo-SHA256" not in phone.create(JPEG, photo)
        assert "Photo-SHA256" not in phone.patch(photo, 0, JPEG[:100])
        assert "Photo-SHA256" not in phone.head(photo)
        done = phone.patch(photo, 100, JPEG[100:])
        assert done["Photo-SHA256"] == sha256(JPEG)
        assert phone.head(photo)["Photo-SHA256"] == sha256(JPEG)
        assert phone.create(JPEG, photo)["Photo-SHA256"] == sha256(JPEG)

    def test_a_photo_of_another_persons_page_is_refused(self, phone, team):
        other = make_phone(team.sg01, code="SG01-0008")
        theirs = str(other.participant.outbox_owner)
        answer = phone.create(JPEG, uuid.uuid4(), participant=theirs)
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:gsh:problem:other_participant"
        mine = str(phone.participant.outbox_owner)
        assert phone.create(JPEG, uuid.uuid4(), participant=mine).status_code == 201
        assert not Photo.objects.exists()

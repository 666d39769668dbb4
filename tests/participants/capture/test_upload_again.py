"""A photo sent again, another file under its number, and takes that pile up."""

import uuid
from pathlib import Path

import pytest

from participants.capture.models import Photo, PhotoCheck, Upload
from participants.capture.services import uploads
from studies.record.models import AuditEvent
from tests.participants.phone import JPEG, stored

pytestmark = pytest.mark.usefixtures("on_the_day")


class TestSameAndOther:
    def test_a_finished_photo_sent_again_answers_as_finished(self, phone):
        photo = phone.upload()
        assert phone.create(JPEG, photo).status_code == 201
        assert phone.offset(photo) == len(JPEG)
        assert phone.patch(photo, len(JPEG), b"").status_code == 204
        assert phone.patch(photo, 0, JPEG).status_code == 409
        assert Photo.objects.count() == PhotoCheck.objects.count() == 1
        assert AuditEvent.objects.filter(action="photo.receive").count() == 1

    def test_an_unfinished_upload_created_again_goes_on(self, phone):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, JPEG[:100])
        again = phone.create(JPEG, photo)
        assert (again.status_code, again["Upload-Offset"]) == (201, "100")

    def test_another_file_under_the_same_number_is_refused(self, phone):
        photo = phone.upload()
        answer = phone.create(JPEG + b"other", photo)
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:gsh:problem:photo_conflict"
        assert stored(photo) == JPEG

    def test_another_file_under_the_number_of_an_unfinished_upload_is_refused(self, phone):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        assert phone.create(JPEG[:-1] + b"x", photo).status_code == 409
        assert phone.create(JPEG, photo, view="left").status_code == 409

    def test_bytes_that_are_not_those_announced_are_refused_and_forgotten(self, phone, settings):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        answer = phone.patch(photo, 0, JPEG[:-1] + b"x")
        assert answer.status_code == 460
        assert not Photo.objects.exists()
        assert phone.head(photo).status_code == 404
        assert list(Path(settings.UPLOAD_ROOT).iterdir()) == []

    def test_only_some_takes_of_a_view_wait_unfinished(self, phone):
        takes = [uuid.uuid4() for _ in range(uploads.UNFINISHED_PER_VIEW + 2)]
        for take in takes:
            assert phone.create(JPEG, take).status_code == 201
        assert Upload.objects.count() == uploads.UNFINISHED_PER_VIEW

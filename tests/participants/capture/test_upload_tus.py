"""Resumable uploads: tus 1.0.0 as its text says."""

import base64
import hashlib
import uuid
from pathlib import Path

import pytest

from participants.capture.models import Photo, PhotoCheck, Upload
from studies.record.models import AuditEvent
from tests.participants.phone import JPEG, at, metadata, sha256, stored

pytestmark = pytest.mark.usefixtures("on_the_day")


class TestProtocol:
    def test_options_tells_version_extensions_and_limits(self, phone, settings):
        answer = phone.client.options("/my/uploads/")
        assert answer.status_code == 204
        assert answer["Tus-Resumable"] == answer["Tus-Version"] == "1.0.0"
        assert set(answer["Tus-Extension"].split(",")) == {
            "creation",
            "termination",
            "checksum",
            "expiration",
        }
        assert answer["Tus-Max-Size"] == str(settings.UPLOAD_MAX_BYTES)
        assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256"

    def test_a_photo_sent_in_one_chunk_is_stored_checked_and_on_record(self, phone):
        photo = uuid.uuid4()
        created = phone.create(JPEG, photo)
        assert (created.status_code, created["Location"]) == (201, at(photo))
        assert created["Upload-Expires"].endswith("GMT")
        assert created["Tus-Resumable"] == "1.0.0"
        sent = phone.patch(photo, 0, JPEG)
        assert (sent.status_code, sent["Upload-Offset"]) == (204, str(len(JPEG)))
        row = Photo.objects.get(pk=photo)
        assert (row.state, row.size, row.sha256) == ("received", len(JPEG), sha256(JPEG))
        assert row.original_file.endswith(f"{row.sha256}.jpg")
        assert stored(photo) == JPEG
        assert PhotoCheck.objects.get(photo=row).state == "queued"
        event = AuditEvent.objects.get(action="photo.receive")
        assert (event.actor_kind, event.participant_code) == ("participant", "SG01-0007")
        assert event.contents.new["sha256"] == row.sha256
        assert not Upload.objects.exists()
        phone.visit.refresh_from_db()
        assert phone.visit.state == "in_progress"

    def test_nothing_of_a_finished_photo_stays_in_the_upload_folder(self, phone, settings):
        phone.upload()
        assert list(Path(settings.UPLOAD_ROOT).iterdir()) == []

    def test_head_tells_offset_and_length_and_is_never_cached(self, phone):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, JPEG[:1000])
        answer = phone.head(photo)
        assert (answer["Upload-Offset"], answer["Upload-Length"]) == ("1000", str(len(JPEG)))
        assert "no-store" in answer["Cache-Control"]
        assert answer.content == b""

    @pytest.mark.parametrize("version", ["0.2.2", "", "1.0.1"])
    def test_another_version_is_refused_with_412_and_ours(self, phone, version):
        answer = phone.tus("HEAD", at(uuid.uuid4()), Tus_Resumable=version)
        assert answer.status_code == 412
        assert answer["Tus-Version"] == "1.0.0"

    def test_a_chunk_of_another_media_type_is_refused(self, phone):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        answer = phone.patch(photo, 0, JPEG, Content_Type="image/jpeg")
        assert answer.status_code == 415
        assert phone.offset(photo) == 0

    def test_a_wrong_offset_is_refused_and_nothing_changes(self, phone):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, JPEG[:100])
        for offset in (0, 99, 101, len(JPEG)):
            assert phone.patch(photo, offset, b"").status_code == 409
        assert phone.offset(photo) == 100

    def test_a_chunk_beyond_the_length_is_refused_and_nothing_changes(self, phone):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        assert phone.patch(photo, 0, JPEG + b"!").status_code == 413
        assert phone.offset(photo) == 0

    @pytest.mark.parametrize("method", ["PATCH", "DELETE"])
    def test_a_network_that_only_lets_post_through_is_served(self, phone, method):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        answer = phone.tus(
            "POST", at(photo), JPEG[:10], X_HTTP_Method_Override=method, Upload_Offset="0"
        )
        assert answer.status_code == 204
        known = Upload.objects.filter(pk=photo)
        assert known.exists() == (method == "PATCH")

    @pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
    def test_a_chunk_with_the_right_checksum_is_taken(self, phone, algorithm):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        digest = base64.b64encode(hashlib.new(algorithm, JPEG[:500]).digest()).decode()
        sent = phone.patch(photo, 0, JPEG[:500], Upload_Checksum=f"{algorithm} {digest}")
        assert (sent.status_code, sent["Upload-Offset"]) == (204, "500")

    def test_a_chunk_with_a_wrong_checksum_is_not_kept(self, phone):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, JPEG[:500])
        wrong = base64.b64encode(bytes(20)).decode()
        sent = phone.patch(photo, 500, JPEG[500:], Upload_Checksum=f"sha1 {wrong}")
        assert sent.status_code == 460
        assert phone.offset(photo) == 500
        assert phone.patch(photo, 500, JPEG[500:]).status_code == 204
        assert stored(photo) == JPEG

    @pytest.mark.parametrize(
        "header", ["md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha1", "sha1 ???", "sha1 AA=="]
    )
    def test_a_checksum_that_is_not_understood_is_refused(self, phone, header):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        assert phone.patch(photo, 0, JPEG, Upload_Checksum=header).status_code == 400
        assert phone.offset(photo) == 0

    def test_termination_removes_row_and_bytes(self, phone, settings):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, JPEG[:100])
        assert phone.tus("DELETE", at(photo)).status_code == 204
        assert phone.head(photo).status_code == 404
        assert list(Path(settings.UPLOAD_ROOT).iterdir()) == []

    def test_a_finished_photo_cannot_be_terminated(self, phone):
        photo = phone.upload()
        assert phone.tus("DELETE", at(photo)).status_code == 409
        assert stored(photo) == JPEG

    @pytest.mark.parametrize("length", ["", "-1", "1e3", "12.5", "٣", "9" * 16])
    def test_a_length_that_is_no_number_is_refused(self, phone, length):
        assert phone.create(JPEG, uuid.uuid4(), length=length).status_code == 400

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "photo",
            "photo !!!",
            metadata(photo="not-a-uuid", visit="week-0", view="front", sha256="0" * 64),
            metadata(photo=str(uuid.UUID(int=7)), visit="week-0", view="front", sha256="xyz"),
            metadata(photo=str(uuid.UUID(int=7)), visit="week-0", view="front"),
        ],
    )
    def test_metadata_that_are_not_understood_are_refused(self, phone, header):
        answer = phone.tus("POST", "/my/uploads/", Upload_Length="10", Upload_Metadata=header)
        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"
        assert not Upload.objects.exists()

    def test_methods_that_mean_nothing_here_are_named_405(self, phone):
        assert phone.tus("GET", "/my/uploads/").status_code == 405
        assert phone.tus("PUT", at(uuid.uuid4())).status_code == 405

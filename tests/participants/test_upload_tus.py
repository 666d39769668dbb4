"""Resumable uploads: tus 1.0.0 as its text says, and photos that are never lost or doubled."""

import base64
import fcntl
import hashlib
import os
import uuid
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from participants import upload_files, uploads
from participants.models import Consent, Photo, PhotoCheck, Upload
from participants.services import consents, photos
from studies.models import AuditEvent
from studies.storage import read
from tests.conftest import Team
from tests.factories import NOW, PhotoFactory, VisitDefinitionFactory, VisitFactory
from tests.participants.phone import JPEG, Phone, at, make_phone, metadata, sha256


@pytest.fixture(autouse=True)
def _on_the_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def phone(team: Team) -> Phone:
    return make_phone(team.sg01)


def stored(photo: uuid.UUID) -> bytes:
    return read(Photo.objects.get(pk=photo).original_file)


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
        assert event.new["sha256"] == row.sha256
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


class TestNothingIsLost:
    @examples(
        max_examples=15,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        content=st.binary(min_size=1, max_size=3000),
        cuts=st.lists(st.integers(0, 3000), max_size=5),
    )
    def test_however_it_is_cut_the_photo_arrives_once_and_whole(self, phone, content, cuts):
        photo = uuid.uuid4()
        phone.create(content, photo)
        borders = sorted({cut for cut in cuts if cut < len(content)} | {0, len(content)})
        for start, end in pairwise(borders):
            assert phone.offset(photo) == start
            assert phone.patch(photo, start, content[start:end]).status_code == 204
            # An answer that was lost: the same chunk again is refused, and harms nothing.
            assert phone.patch(photo, start, content[start:end]).status_code == 409
        assert stored(photo) == content
        assert PhotoCheck.objects.filter(photo=photo).count() == 1

    @examples(
        max_examples=10,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(breaks=st.lists(st.integers(0, 2500), min_size=1, max_size=4))
    def test_a_connection_that_breaks_keeps_what_arrived(self, phone, breaks):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        for arrived in breaks:
            start = phone.offset(photo)
            line = BrokenLine(JPEG[start:], arrived)
            if start + arrived >= len(JPEG):
                break
            progress = send(phone, photo, start, len(JPEG) - start, line)
            assert progress.offset == start + arrived == phone.offset(photo)
        start = phone.offset(photo)
        assert phone.patch(photo, start, JPEG[start:]).status_code == 204
        assert stored(photo) == JPEG

    def test_bytes_a_killed_server_wrote_but_did_not_promise_are_overwritten(self, phone, settings):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, JPEG[:100])
        with (settings.UPLOAD_ROOT / str(photo)).open("ab") as file:
            file.write(b"half a chunk nobody was told about")
        assert phone.offset(photo) == 100
        phone.patch(photo, 100, JPEG[100:])
        assert stored(photo) == JPEG

    def test_bytes_left_under_the_same_number_do_not_spoil_a_new_upload(self, phone, settings):
        photo = uuid.uuid4()
        settings.UPLOAD_ROOT.mkdir()
        (settings.UPLOAD_ROOT / str(photo)).write_bytes(JPEG + b"longer than the photo to come")
        phone.create(JPEG, photo)
        assert phone.patch(photo, 0, JPEG).status_code == 204
        assert stored(photo) == JPEG

    def test_a_long_chunk_is_promised_piece_by_piece(self, phone, monkeypatch):
        monkeypatch.setattr(upload_files, "CHECKPOINT", 1000)
        monkeypatch.setattr(upload_files, "CHUNK", 300)
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        line = DeadLine(JPEG, 2500)
        with pytest.raises(KeyboardInterrupt):
            send(phone, photo, 0, len(JPEG), line)
        assert phone.offset(photo) == 2400
        phone.patch(photo, 2400, JPEG[2400:])
        assert stored(photo) == JPEG

    def test_no_offset_is_promised_before_the_disk_has_it(self, phone, monkeypatch):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, b"")

        def full(_descriptor: int) -> None:
            raise OSError("no space left on device")

        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="no space"):
                phone.patch(photo, 0, JPEG[:100])
        assert phone.offset(photo) == 0

    def test_a_crash_before_the_photo_is_stored_never_looks_finished(self, phone, monkeypatch):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, JPEG[:100])

        def crash(**_: object) -> None:
            raise RuntimeError("the power went")

        with monkeypatch.context() as broken:
            broken.setattr(photos, "receive_photo", crash)
            with pytest.raises(RuntimeError):
                phone.patch(photo, 100, JPEG[100:])
        assert phone.offset(photo) == 100
        assert phone.patch(photo, 100, JPEG[100:]).status_code == 204
        assert stored(photo) == JPEG

    def test_a_folder_that_lost_its_files_starts_again_from_nothing(self, phone, settings):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, JPEG[:100])
        (settings.UPLOAD_ROOT / str(photo)).unlink()
        assert phone.offset(photo) == 0
        assert phone.patch(photo, 0, JPEG).status_code == 204
        assert stored(photo) == JPEG

    def test_two_requests_for_one_photo_do_not_write_at_once(self, phone, settings):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, JPEG[:10])
        with (settings.UPLOAD_ROOT / str(photo)).open("rb") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            assert phone.patch(photo, 10, JPEG[10:]).status_code == 423
        assert phone.patch(photo, 10, JPEG[10:]).status_code == 204

    def test_memory_stays_constant_however_large_the_chunk(self, phone):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        line = BrokenLine(JPEG, len(JPEG) - 1)
        send(phone, photo, 0, len(JPEG), line)
        assert max(line.asked) <= 64 * 1024


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


class TestWhoMay:
    def test_another_participant_cannot_see_or_touch_an_upload(self, phone, team):
        other = make_phone(team.sg01, code="SG01-0008")
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, JPEG[:10])
        assert other.head(photo).status_code == 404
        assert other.patch(photo, 10, JPEG[10:]).status_code == 404
        assert other.tus("DELETE", at(photo)).status_code == 404
        assert other.create(JPEG, photo).status_code == 409
        assert phone.offset(photo) == 10

    def test_another_participant_cannot_see_a_finished_photo(self, phone, team):
        other = make_phone(team.sg01, code="SG01-0008")
        photo = phone.upload()
        assert other.head(photo).status_code == 404
        assert other.client.get(f"/my/photos/{photo}/").status_code == 404
        assert phone.client.get(f"/my/photos/{photo}/").status_code == 200

    def test_a_visit_that_only_another_participant_has_is_not_found(self, phone, team):
        VisitFactory(
            participant=make_phone(team.sg01, code="SG01-0008").participant,
            definition=VisitDefinitionFactory(study=team.study, code="extra", day_offset=3),
        )
        assert phone.create(JPEG, uuid.uuid4(), visit="extra").status_code == 404
        assert not Upload.objects.exists()

    def test_without_a_session_nothing_is_told(self, phone):
        stranger = Phone(phone.participant, phone.visit, phone.invitation, Client())
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        assert stranger.head(photo).status_code == 403
        assert stranger.create(JPEG, uuid.uuid4()).status_code == 403
        assert stranger.patch(photo, 0, JPEG).status_code == 403
        assert not Photo.objects.exists()

    def test_staff_are_no_participants(self, phone, as_person, team):
        amina = Phone(phone.participant, phone.visit, phone.invitation, as_person(team.amina))
        assert amina.create(JPEG, uuid.uuid4()).status_code == 403

    def test_a_request_from_another_site_lacks_the_token(self, phone):
        careful = Client(enforce_csrf_checks=True)
        careful.cookies = phone.client.cookies
        theirs = Phone(phone.participant, phone.visit, phone.invitation, careful)
        photo = uuid.uuid4()
        assert theirs.create(JPEG, photo).status_code == 403
        assert not Upload.objects.exists()
        page = careful.get("/my/visits/week-0/front/")
        token = page.context["csrf_token"]
        headers = {"X_CSRFToken": str(token)}
        answer = theirs.tus(
            "POST",
            "/my/uploads/",
            Upload_Length="5",
            Upload_Metadata=metadata(
                photo=str(photo), visit="week-0", view="front", sha256=sha256(b"12345")
            ),
            **headers,
        )
        assert answer.status_code == 201


class TestWanted:
    def test_without_consent_no_upload_is_opened(self, phone):
        Consent.objects.update(state=Consent.State.WITHDRAWN)
        answer = phone.create(JPEG, uuid.uuid4())
        assert (answer.status_code, answer.json()["type"]) == (
            409,
            "urn:gsh:problem:consent_missing",
        )
        assert not Upload.objects.exists()

    def test_when_consent_ends_in_the_middle_the_next_chunk_is_refused_and_all_forgotten(
        self, phone, settings
    ):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, JPEG[:100])
        Consent.objects.update(state=Consent.State.WITHDRAWN)
        assert phone.patch(photo, 100, JPEG[100:200]).status_code == 409
        assert not Upload.objects.exists()
        assert list(Path(settings.UPLOAD_ROOT).iterdir()) == []

    def test_withdrawal_ends_an_upload_at_once(self, phone, team, settings):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, JPEG[:100])
        consents.withdraw(participant=phone.participant, reason="Moved away", by=team.amina)
        assert phone.patch(photo, 100, JPEG[100:]).status_code == 403
        assert not Upload.objects.exists()
        assert not Photo.objects.exists()

    @pytest.mark.parametrize(("days", "status"), [(-2, 409), (0, 201), (3, 201), (4, 409)])
    def test_an_upload_begins_in_the_window_only(self, phone, days, status):
        with time_machine.travel(NOW + timedelta(days=days), tick=False):
            phone.sign_in()
            answer = phone.create(JPEG, uuid.uuid4())
        assert answer.status_code == status
        if status == 409:
            assert "from 1 March 2026 to 5 March 2026" in answer.json()["detail"]

    def test_an_upload_begun_on_the_last_day_may_end_on_the_next(self, phone):
        photo = uuid.uuid4()
        with time_machine.travel(NOW + timedelta(days=3), tick=False):
            phone.sign_in()
            phone.create(JPEG, photo)
            phone.patch(photo, 0, JPEG[:100])
        with time_machine.travel(NOW + timedelta(days=4), tick=False):
            phone.sign_in()
            assert phone.patch(photo, 100, JPEG[100:]).status_code == 204
        assert stored(photo) == JPEG

    def test_an_empty_file_is_refused_in_words(self, phone):
        answer = phone.create(b"", uuid.uuid4())
        assert answer.status_code == 422
        assert "empty" in answer.json()["detail"]

    def test_a_file_that_is_too_large_is_refused_before_it_is_sent(self, phone, settings):
        settings.UPLOAD_MAX_BYTES = 1000
        answer = phone.create(JPEG, uuid.uuid4())
        assert answer.status_code == 413
        assert not Upload.objects.exists()

    def test_a_view_already_accepted_wants_no_other(self, phone):
        PhotoFactory(visit=phone.visit)
        answer = phone.create(JPEG, uuid.uuid4())
        assert (answer.status_code, answer.json()["type"]) == (
            409,
            "urn:gsh:problem:photo_already_accepted",
        )


class TestStale:
    def test_an_upload_not_finished_in_time_is_gone_and_says_so(self, phone, settings):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, JPEG[:100])
        phone.sign_in()
        session = phone.client.session
        session.set_expiry(10 * 24 * 3600)
        session.save()
        with time_machine.travel(NOW + uploads.LIFETIME + timedelta(seconds=1), tick=False):
            assert phone.head(photo).status_code == 410
            assert phone.head(photo).status_code == 404
        assert list(Path(settings.UPLOAD_ROOT).iterdir()) == []

    def test_any_new_upload_clears_what_others_left_behind(self, phone, team, settings):
        left = uuid.uuid4()
        other = make_phone(team.sg01, code="SG01-0008")
        other.create(JPEG, left)
        other.patch(left, 0, JPEG[:100])
        orphan = settings.UPLOAD_ROOT / str(uuid.uuid4())
        orphan.write_bytes(b"bytes of a row that is gone")
        long_ago = (NOW - timedelta(days=30)).timestamp()
        os.utime(orphan, (long_ago, long_ago))
        Upload.objects.filter(pk=left).update(expires_at=NOW - timedelta(seconds=1))
        phone.create(JPEG, uuid.uuid4())
        assert not Upload.objects.filter(pk=left).exists()
        assert not orphan.exists()
        assert not (settings.UPLOAD_ROOT / str(left)).exists()

    def test_what_others_keep_in_the_folder_is_left_alone(self, phone, settings):
        theirs = settings.UPLOAD_ROOT / "lost+found"
        theirs.mkdir(parents=True)
        long_ago = (NOW - timedelta(days=30)).timestamp()
        os.utime(theirs, (long_ago, long_ago))
        uploads.clear_stale()
        assert theirs.is_dir()

    def test_bytes_still_wanted_are_not_cleared(self, phone, settings):
        photo = uuid.uuid4()
        phone.create(JPEG, photo)
        phone.patch(photo, 0, JPEG[:100])
        long_ago = (NOW - timedelta(days=30)).timestamp()
        os.utime(settings.UPLOAD_ROOT / str(photo), (long_ago, long_ago))
        uploads.clear_stale()
        assert phone.offset(photo) == 100


class BrokenLine:
    """A request body that ends in an error after ``good`` bytes."""

    error: type[BaseException] = OSError

    def __init__(self, body: bytes, good: int) -> None:
        self.body, self.good = body, good
        self.asked: list[int] = []

    def read(self, size: int, /) -> bytes:
        self.asked.append(size)
        if self.good <= 0:
            raise self.error
        part, self.body = self.body[: min(size, self.good)], self.body[min(size, self.good) :]
        self.good -= len(part)
        return part


class DeadLine(BrokenLine):
    """The server itself is stopped while it reads."""

    error = KeyboardInterrupt


def send(phone: Phone, photo: uuid.UUID, offset: int, size: int, line: BrokenLine):
    return uploads.append(
        participant=phone.participant, upload_id=photo, offset=offset, size=size, source=line
    )

"""A photo arrives once and whole, whatever breaks while it is sent."""

import fcntl
import os
import uuid
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from participants.capture import upload_files
from participants.capture.models import PhotoCheck
from participants.capture.services import photos, uploads
from tests.participants.phone import JPEG, Phone, stored

pytestmark = pytest.mark.usefixtures("on_the_day")


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

"""Uploads that were never finished are cleared away, and nothing else is."""

import os
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from participants.capture.models import Upload
from participants.capture.services import uploads
from tests.factories import NOW
from tests.participants.phone import JPEG, make_phone

pytestmark = pytest.mark.usefixtures("on_the_day")


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

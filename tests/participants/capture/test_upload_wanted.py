"""Which uploads are taken in: with consent, in the visit's window, of a size, once."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from participants.capture.models import Photo, Upload
from participants.consent.models import Consent
from participants.privacy.services import withdrawal
from tests.factories import NOW
from tests.participants.capture.factories import PhotoFactory
from tests.participants.phone import JPEG, stored

pytestmark = pytest.mark.usefixtures("on_the_day")


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
        withdrawal.withdraw(participant=phone.participant, reason="Moved away", by=team.amina)
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

"""The check: what becomes of a photo, and that its outcome is written once."""

import io
import uuid
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import time_machine
from PIL import Image

from participants.capture.models import Photo, PhotoCheck
from participants.capture.services import checks as photo_checks
from participants.capture.services.checks import check_photo
from participants.capture.services.photos import receive_photo
from participants.capture.signals import photo_accepted
from participants.capture.tasks import check_photo as check_task
from participants.consent.models import Consent
from participants.imaging.errors import DecoderFailed
from studies.platform import work
from studies.platform.storage import private_storage, read
from studies.protocol.models import Study
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.capture.factories import PhotoFactory
from tests.participants.imaging.people import portrait
from tests.participants.phone import Phone, make_phone, sha256

MAKE, MODEL, EXIF, TAKEN, OFFSET, ISO = 0x010F, 0x0110, 0x8769, 0x9003, 0x9011, 0x8827
GPS = 0x8825

pytestmark = pytest.mark.usefixtures("on_the_day")


@pytest.fixture
def phone(team: Team) -> Phone:
    team.study.quality_profile = "off"
    team.study.save()
    return make_phone(team.sg01)


@pytest.fixture(scope="module")
def selfie() -> bytes:
    """A real face (NASA, public domain), tagged as a phone tags it, place included."""
    exif = Image.Exif()
    exif[MAKE], exif[MODEL] = "Fairphone", "FP5"
    details = exif.get_ifd(EXIF)
    details[TAKEN], details[OFFSET], details[ISO] = "2026:03:02 16:58:00", "+08:00", 100
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (1.0, 17.0, 24.0)
    out = io.BytesIO()
    Image.fromarray(portrait()).save(out, "JPEG", quality=92, exif=exif)
    return out.getvalue()


def arrive(phone: Phone, content: bytes, view: str = "front") -> Photo:
    return receive_photo(
        photo_id=uuid.uuid4(),
        visit=phone.visit,
        view=view,
        content=content,
        sha256=sha256(content),
        by=phone.participant,
    )


def check(photo: Photo) -> Photo:
    """Let a worker do the photo's check."""
    check_task(str(photo.check_work.pk))
    photo.refresh_from_db()
    return photo


@pytest.fixture
def told():
    """The photos that later apps were told of."""
    photos = []

    def listen(photo, **_):
        photos.append(photo)

    photo_accepted.connect(listen)
    yield photos
    photo_accepted.disconnect(listen)


class TestAccepted:
    def test_a_face_is_accepted_with_all_that_is_made_from_it(self, phone, selfie, told):
        photo = check(arrive(phone, selfie))
        assert photo.state == "accepted"
        assert (photo.format, photo.width, photo.height) == ("JPEG", 900, 900)
        upright = Image.open(io.BytesIO(read(photo.upright_file)))
        assert upright.size == (900, 900)
        assert photo.upright_sha256 == sha256(read(photo.upright_file))
        assert max(Image.open(io.BytesIO(read(photo.thumbnail_file))).size) == 480
        points = np.load(io.BytesIO(read(photo.landmarks_file)), allow_pickle=False)
        assert (points.shape, points.dtype) == ((468, 3), np.float32)
        assert photo.quality["face"]["inter_eye_px"] > 100
        assert photo.check_work.state == "done"
        assert [told_of.pk for told_of in told] == [photo.pk]
        event = AuditEvent.objects.get(action="photo.accept")
        assert (event.actor_kind, event.source) == ("system", "worker")

    def test_the_short_list_of_tags_is_kept_and_no_tag_is_in_what_pages_show(self, phone, selfie):
        photo = check(arrive(phone, selfie))
        assert (photo.camera_make, photo.camera_model) == ("Fairphone", "FP5")
        assert photo.exposure["iso"] == 100
        assert photo.taken_at == datetime(2026, 3, 2, 8, 58, tzinfo=UTC)
        for name in (photo.upright_file, photo.thumbnail_file):
            picture = Image.open(io.BytesIO(read(name)))
            assert not picture.getexif()
            assert b"Fairphone" not in read(name)

    def test_the_visit_is_complete_when_every_view_is_accepted(self, phone, selfie):
        phone.visit.definition.views = ["front"]
        phone.visit.definition.save()
        check(arrive(phone, selfie))
        phone.visit.refresh_from_db()
        assert phone.visit.state == "complete"

    def test_a_photo_sent_before_it_is_replaced(self, phone, selfie, told):
        first = arrive(phone, selfie)
        with time_machine.travel(NOW.replace(minute=5), tick=False):
            second = arrive(phone, selfie + b"\0")
            check(first)
            check(second)
        first.refresh_from_db()
        assert (first.state, second.state) == ("replaced", "accepted")
        assert len(told) == 2

    def test_checked_in_the_other_order_the_newer_photo_still_stands(self, phone, selfie, told):
        first = arrive(phone, selfie)
        with time_machine.travel(NOW.replace(minute=5), tick=False):
            second = arrive(phone, selfie + b"\0")
            check(second)
            check(first)
        second.refresh_from_db()
        assert (first.state, second.state) == ("replaced", "accepted")
        assert [photo.pk for photo in told] == [second.pk]

    def test_an_earlier_photo_that_wanted_a_retake_is_replaced(self, phone, selfie):
        poor = PhotoFactory(visit=phone.visit, state="retake_wanted", received_at=NOW)
        check(arrive(phone, selfie))
        poor.refresh_from_db()
        assert poor.state == "replaced"

    def test_if_telling_later_apps_fails_nothing_is_written_and_it_is_tried_again(
        self, phone, selfie
    ):
        photo = arrive(phone, selfie)

        def fail(**_):
            raise RuntimeError("scoring is not there")

        photo_accepted.connect(fail)
        try:
            check(photo)
        finally:
            photo_accepted.disconnect(fail)
        assert photo.state == "received"
        assert photo.check_work.state == "queued"
        assert not AuditEvent.objects.filter(action="photo.accept").exists()


class TestRetake:
    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("text", b"this is a letter, not a photo" * 50, "not_a_photo"),
            ("page", b"<html><script>alert(1)</script></html>" * 50, "not_a_photo"),
            ("drawing", b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 50, "not_a_photo"),
            ("film", b"\0\0\0\x18ftypmp42" + bytes(4000), "format_not_allowed"),
            ("gif", b"GIF89a" + bytes(4000), "format_not_allowed"),
        ],
    )
    def test_what_is_no_photo_ends_in_a_retake_in_plain_words(self, phone, name, content, code):
        photo = check(arrive(phone, content))
        assert photo.state == "retake_wanted"
        assert photo.retake_reasons[0]["code"] == code
        assert photo.retake_reasons[0]["message"].endswith(".")
        assert photo.check_work.state == "done"
        assert read(photo.original_file) == content

    def test_a_truncated_photo_ends_in_a_retake(self, phone, selfie):
        photo = check(arrive(phone, selfie[: len(selfie) // 2]))
        assert photo.retake_reasons[0]["code"] == "truncated"

    def test_a_bomb_of_pixels_ends_in_a_retake(self, phone):
        out = io.BytesIO()
        Image.new("L", (9000, 9000)).save(out, "PNG")
        photo = check(arrive(phone, out.getvalue()))
        assert photo.retake_reasons[0]["code"] == "too_many_pixels"

    def test_a_polyglot_is_shown_only_as_pixels_rebuilt(self, phone, selfie):
        evil = b"<script>alert(document.cookie)</script>"
        photo = check(arrive(phone, selfie + evil))
        assert photo.state == "accepted"
        assert evil in read(photo.original_file)
        assert evil not in read(photo.upright_file)

    def test_no_face_wants_a_retake_even_when_the_study_judges_nothing(self, phone):
        out = io.BytesIO()
        Image.new("RGB", (600, 800), (180, 140, 120)).save(out, "JPEG")
        photo = check(arrive(phone, out.getvalue()))
        assert photo.state == "retake_wanted"
        assert photo.retake_reasons[0]["code"] == "no_face"
        assert photo.landmarks_file == ""
        assert photo.thumbnail_file

    def test_the_profile_of_the_study_decides(self, phone, selfie):
        Study.objects.update(quality_profile="strict")
        photo = check(arrive(phone, selfie))
        assert photo.state == "retake_wanted"
        assert photo.quality["profile"] == "strict"
        assert all(reason["message"] for reason in photo.retake_reasons)

    def test_a_second_poor_photo_replaces_the_first_in_the_list(self, phone):
        first = check(arrive(phone, b"a letter" * 100))
        with time_machine.travel(NOW.replace(minute=5), tick=False):
            second = check(arrive(phone, b"another letter" * 100))
        first.refresh_from_db()
        assert (first.state, second.state) == ("replaced", "retake_wanted")


class TestConsentAndTrouble:
    def test_without_consent_the_photo_is_not_opened(self, phone, selfie, monkeypatch):
        photo = arrive(phone, selfie)
        Consent.objects.update(state=Consent.State.WITHDRAWN)
        monkeypatch.setattr(photo_checks, "decode_photo", _must_not_run)
        check(photo)
        assert photo.state == "received"
        assert photo.check_work.state == "quarantined"
        assert "No consent is in force" in photo.check_work.last_error

    def test_consent_withdrawn_during_the_check_accepts_nothing(
        self, phone, selfie, monkeypatch, told
    ):
        photo = arrive(phone, selfie)
        judge = photo_checks._judge

        def withdraw_meanwhile(*args):
            Consent.objects.update(state=Consent.State.WITHDRAWN)
            return judge(*args)

        monkeypatch.setattr(photo_checks, "_judge", withdraw_meanwhile)
        check(photo)
        assert photo.state == "received"
        assert photo.upright_file == ""
        assert told == []

    @pytest.mark.parametrize("state", ["replaced", "retake_wanted"])
    def test_a_photo_decided_on_meanwhile_stays_as_decided(self, phone, selfie, told, state):
        photo = arrive(phone, selfie)
        Photo.objects.filter(pk=photo.pk).update(state=state)
        check(photo)
        assert (photo.state, photo.check_work.state) == (state, "done")
        assert told == []

    def test_trouble_that_is_not_the_photos_doing_is_tried_again(self, phone, selfie, monkeypatch):
        photo = arrive(phone, selfie)

        def killed(*_args, **_kwargs):
            raise DecoderFailed("killed from outside")

        monkeypatch.setattr(photo_checks, "decode_photo", killed)
        check(photo)
        assert photo.state == "received"
        assert (photo.check_work.state, photo.check_work.attempts) == ("queued", 1)

    def test_a_stored_file_that_changed_is_quarantined_with_its_reason(self, phone, selfie):
        photo = arrive(phone, selfie)
        with Path(private_storage().path(photo.original_file)).open("ab") as file:
            file.write(b"rot")
        check(photo)
        assert photo.check_work.state == "quarantined"
        assert "SHA-256" in photo.check_work.last_error

    def test_delivered_twice_it_is_done_once(self, phone, selfie, told):
        photo = check(arrive(phone, selfie))
        check(photo)
        assert len(told) == 1
        assert AuditEvent.objects.filter(action="photo.accept").count() == 1

    def test_a_worker_that_lost_its_lease_writes_nothing(self, phone, selfie, told):
        photo = arrive(phone, selfie)
        claim = work.claim(PhotoCheck, photo.check_work.pk)
        PhotoCheck.objects.update(token=claim.token + 1)
        with pytest.raises(work.LeaseLost):
            check_photo(claim)
        photo.refresh_from_db()
        assert photo.state == "received"
        assert told == []


def _must_not_run(*_args, **_kwargs):
    pytest.fail("the photo was opened")

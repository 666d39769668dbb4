"""The same picture again: whoever's it was, and however it was wrapped, a person is asked."""

import io
import uuid
from typing import Any

import pytest
from PIL import Image

from participants.capture.models import Photo
from participants.capture.services import review
from participants.capture.services.flags import FLAGS, HOLDING
from participants.capture.signals import photo_accepted
from participants.capture.steps import steps_of
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.capture.factories import PhotoFactory
from tests.participants.capture.test_photo_check import arrive, check
from tests.participants.imaging.people import portrait
from tests.participants.phone import Phone, make_phone
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

pytestmark = pytest.mark.usefixtures("on_the_day")


@pytest.fixture
def phone(team: Team) -> Phone:
    team.study.quality_profile = "off"
    team.study.photo_review = 0
    team.study.save()
    return make_phone(team.sg01)


@pytest.fixture(scope="module")
def face() -> bytes:
    out = io.BytesIO()
    Image.fromarray(portrait()).save(out, "JPEG", quality=92)
    return out.getvalue()


def earlier(phone: Phone, **values: Any) -> Photo:
    """A photo of the same participant at a visit before."""
    study = phone.participant.study
    before = VisitFactory(
        participant=phone.participant,
        definition=VisitDefinitionFactory(study=study, code="before", day_offset=1),
    )
    return PhotoFactory(visit=before, **values)


def same_bytes(face: bytes) -> dict[str, str]:
    from tests.participants.phone import sha256

    return {"sha256": sha256(face)}


def test_a_photo_sent_before_is_held_and_counts_for_nothing(phone: Phone, face: bytes) -> None:
    told: list[Photo] = []

    def listen(photo: Photo, **_: Any) -> None:
        told.append(photo)

    earlier(phone, **same_bytes(face))
    photo_accepted.connect(listen)
    try:
        photo = check(arrive(phone, face))
    finally:
        photo_accepted.disconnect(listen)
    assert (photo.state, photo.flags, photo.review) == ("held", ["repeat_own"], "waiting")
    assert told == []
    assert AuditEvent.objects.get(action="photo.hold").contents.new["flags"] == ["repeat_own"]


def test_the_participant_is_told_that_it_is_kept_and_may_take_another(
    phone: Phone, face: bytes
) -> None:
    earlier(phone, **same_bytes(face))
    photo = check(arrive(phone, face))
    answer = phone.client.get(f"/my/photos/{photo.pk}/").json()
    assert answer["state"] == "held"
    step = steps_of(phone.visit)[0]
    assert (step.state, step.wanted, step.possible) == ("held", False, True)
    assert not AuditEvent.objects.filter(action="visit.complete").exists()


def test_another_participants_photo_is_held(phone: Phone, face: bytes, team: Team) -> None:
    other = make_phone(team.kl01, code="KL01-0003")
    PhotoFactory(visit=other.visit, **same_bytes(face))
    assert check(arrive(phone, face)).flags == ["repeat_other"]


def test_the_same_pixels_in_other_bytes_are_the_same_picture(phone: Phone, face: bytes) -> None:
    first = check(arrive(phone, face))
    second = check(arrive(phone, face + b"a comment behind the picture", view="left"))
    assert first.sha256 != second.sha256
    assert (second.state, second.flags) == ("held", ["repeat_own"])


def test_sent_again_after_the_check_wanted_another_is_no_repeat(phone: Phone, face: bytes) -> None:
    PhotoFactory(visit=phone.visit, state="retake_wanted", **same_bytes(face))
    assert check(arrive(phone, face)).state == "accepted"


def test_sent_again_after_a_person_turned_it_down_is_held(
    phone: Phone, face: bytes, team: Team
) -> None:
    PhotoFactory(
        visit=phone.visit, state="retake_wanted", reviewed_by=team.amina, **same_bytes(face)
    )
    assert check(arrive(phone, face)).flags == ["repeat_own"]


def test_a_photo_that_is_taken_instead_replaces_the_one_that_is_held(
    phone: Phone, face: bytes
) -> None:
    held = PhotoFactory(visit=phone.visit, state="held", review="waiting", flags=["repeat_own"])
    assert check(arrive(phone, face)).state == "accepted"
    held.refresh_from_db()
    assert (held.state, held.review) == ("replaced", "")


def test_what_is_only_undated_counts_and_a_person_looks_at_it(phone: Phone, face: bytes) -> None:
    photo = arrive(phone, face)
    Photo.objects.filter(pk=photo.pk).update(capture={"method": "file"})
    checked = check(photo)
    assert (checked.state, checked.flags, checked.review) == ("accepted", ["undated"], "waiting")


def test_every_flag_that_holds_has_words() -> None:
    assert set(FLAGS) > HOLDING


class TestShare:
    @pytest.mark.parametrize(("share", "waits"), [(0, ""), (100, "waiting")])
    def test_all_or_none_are_looked_at(
        self, phone: Phone, face: bytes, share: int, waits: str
    ) -> None:
        phone.participant.study.photo_review = share
        phone.participant.study.save()
        photo = check(arrive(phone, face))
        assert (photo.state, photo.review) == ("accepted", waits)

    def test_a_share_is_about_that_share_and_always_the_same(self, phone: Phone) -> None:
        phone.participant.study.photo_review = 20
        photos = [Photo(id=uuid.UUID(int=n), visit=phone.visit) for n in range(2000)]
        for photo in photos:
            photo.visit.participant = phone.participant
        chosen = [photo for photo in photos if review.is_chosen(photo)]
        assert 320 <= len(chosen) <= 480
        assert chosen == [photo for photo in photos if review.is_chosen(photo)]

"""Receiving a photo: what is refused, what is kept, and that once is once."""

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from participants.capture.errors import (
    CollectionStopped,
    PhotoAlreadyAccepted,
    PhotoConflict,
    PhotoDamaged,
    PhotoEmpty,
    PhotoNotAsked,
    TooManyTakes,
)
from participants.capture.models import Photo, PhotoCheck
from participants.capture.services import photos
from participants.capture.services.photos import receive_photo, suffix_of
from participants.capture.services.retakes import ask_retake
from participants.consent.errors import ConsentMissing
from participants.consent.models import Consent
from participants.privacy.services import withdrawal
from participants.visits.errors import VisitNotOpen
from studies.platform.actors import SYSTEM
from studies.platform.errors import Invalid, NotAllowed, StateRefused
from studies.platform.storage import private_storage, read
from studies.protocol.models import Study
from studies.record.models import AuditEvent
from tests.factories import NOW
from tests.participants.capture.factories import PhotoFactory
from tests.participants.phone import JPEG, Phone, make_phone, sha256

pytestmark = pytest.mark.usefixtures("on_the_day")


def receive(phone: Phone, content: bytes = JPEG, **over):
    values = {
        "photo_id": uuid.uuid4(),
        "visit": phone.visit,
        "view": "front",
        "content": content,
        "sha256": sha256(content),
        "by": phone.participant,
    }
    return receive_photo(**{**values, **over})


def files() -> list[Path]:
    return [path for path in Path(private_storage().path("")).rglob("*") if path.is_file()]


class TestKept:
    def test_bytes_row_check_and_record_are_there_when_it_returns(self, phone):
        photo = receive(phone)
        assert read(photo.original_file) == JPEG
        assert PhotoCheck.objects.get().photo == photo
        event = AuditEvent.objects.get(action="photo.receive")
        assert event.contents.new == {
            "visit": "week-0",
            "view": "front",
            "sha256": sha256(JPEG),
            "size": len(JPEG),
        }

    def test_the_same_photo_again_is_the_same_photo(self, phone):
        first = receive(phone)
        again = receive(phone, photo_id=first.pk)
        assert again == first
        assert (Photo.objects.count(), PhotoCheck.objects.count()) == (1, 1)

    def test_other_bytes_under_the_same_number_are_a_conflict(self, phone):
        first = receive(phone)
        with pytest.raises(PhotoConflict) as refusal:
            receive(phone, JPEG + b"other", photo_id=first.pk)
        assert refusal.value.status == 409
        assert read(first.original_file) == JPEG

    def test_another_view_under_the_same_number_is_a_conflict(self, phone):
        first = receive(phone)
        with pytest.raises(PhotoConflict):
            receive(phone, photo_id=first.pk, view="left")

    def test_the_file_is_named_by_its_content_not_by_the_phone(self, phone):
        photo = receive(phone)
        assert photo.original_file == f"originals/{photo.pk}/{photo.sha256}.jpg"

    @pytest.mark.parametrize(
        ("head", "suffix"),
        [
            (b"\xff\xd8\xff\xe1", ".jpg"),
            (b"\x89PNG\r\n\x1a\n", ".png"),
            (b"RIFF\0\0\0\0WEBP", ".webp"),
            (b"\0\0\0\x18ftypheic", ".heic"),
            (b"<html>", ".bin"),
            (b"", ".bin"),
        ],
    )
    def test_the_suffix_follows_the_first_bytes(self, head, suffix):
        assert suffix_of(head) == suffix

    def test_the_system_may_add_photos_for_the_demo(self, phone):
        assert receive(phone, by=SYSTEM).sent_by == "system"

    def test_a_coordinator_of_the_site_may_add_a_photo(self, phone, team):
        assert receive(phone, by=team.amina).sent_by == "staff"


class TestRefused:
    def nothing_kept(self) -> bool:
        return not Photo.objects.exists() and not files()

    def test_without_consent_nothing_is_kept(self, phone):
        Consent.objects.update(state=Consent.State.WITHDRAWN)
        with pytest.raises(ConsentMissing):
            receive(phone)
        assert self.nothing_kept()

    def test_consent_withdrawn_while_the_bytes_are_stored_keeps_no_photo(self, phone, monkeypatch):
        def withdraw_meanwhile(*args):
            stored = original(*args)
            Consent.objects.update(state=Consent.State.WITHDRAWN)
            return stored

        original = photos._store_original
        monkeypatch.setattr(photos, "_store_original", withdraw_meanwhile)
        with pytest.raises(ConsentMissing):
            receive(phone)
        assert self.nothing_kept()

    def test_after_withdrawal_nothing_is_kept(self, phone, team):
        withdrawal.withdraw(participant=phone.participant, reason="Moved away", by=team.amina)
        phone.participant.refresh_from_db()
        with pytest.raises(CollectionStopped):
            receive(phone)
        assert self.nothing_kept()

    @pytest.mark.parametrize("state", ["draft", "closed"])
    def test_a_study_that_is_not_active_collects_nothing(self, phone, state):
        Study.objects.update(state=state)
        phone.visit.participant.study.refresh_from_db()
        with pytest.raises(CollectionStopped):
            receive(phone)
        assert self.nothing_kept()

    @pytest.mark.parametrize("days", [-2, 4])
    def test_outside_its_window_the_dates_are_said_in_words(self, phone, days):
        with (
            time_machine.travel(NOW + timedelta(days=days), tick=False),
            pytest.raises(VisitNotOpen, match="from 1 March 2026 to 5 March 2026"),
        ):
            receive(phone)
        assert self.nothing_kept()

    def test_the_window_is_counted_in_the_zone_of_the_study(self, phone):
        # 5 March 23:30 in Singapore is 15:30 UTC; half an hour later the window is over there.
        last_minute = NOW.replace(day=5, hour=15, minute=30)
        with time_machine.travel(last_minute, tick=False):
            receive(phone)
        with (
            time_machine.travel(last_minute + timedelta(minutes=31), tick=False),
            pytest.raises(VisitNotOpen),
        ):
            receive(phone)

    def test_sending_begun_in_the_window_may_end_after_it(self, phone):
        with time_machine.travel(NOW + timedelta(days=4), tick=False):
            assert receive(phone, begun_at=NOW).state == "received"

    def test_a_view_the_visit_does_not_ask_for_is_refused(self, phone):
        phone.visit.definition.views = ["front"]
        phone.visit.definition.save()
        with pytest.raises(PhotoNotAsked):
            receive(phone, view="left")
        assert self.nothing_kept()

    def test_a_view_with_an_accepted_photo_wants_no_other(self, phone):
        accepted = PhotoFactory(visit=phone.visit)
        with pytest.raises(PhotoAlreadyAccepted):
            receive(phone)
        assert Photo.objects.get() == accepted

    def test_after_very_many_takes_the_study_team_is_called_first(self, phone, monkeypatch):
        monkeypatch.setattr(photos, "MAX_TAKES", 2)
        receive(phone)
        receive(phone, JPEG + b"2")
        with pytest.raises(TooManyTakes, match="call your study team"):
            receive(phone, JPEG + b"3")
        assert receive(phone, JPEG + b"3", view="left").state == "received"

    def test_an_empty_file_is_refused(self, phone):
        with pytest.raises(PhotoEmpty):
            receive(phone, b"")
        assert self.nothing_kept()

    def test_bytes_that_are_not_those_announced_are_refused(self, phone):
        with pytest.raises(PhotoDamaged):
            receive(phone, sha256=sha256(b"something else"))
        assert self.nothing_kept()

    def test_another_participant_may_not_add(self, phone, team):
        other = make_phone(team.sg01, code="SG01-0008")
        with pytest.raises(NotAllowed):
            receive(phone, by=other.participant)
        assert self.nothing_kept()

    @pytest.mark.parametrize("who", ["budi", "chandra", "dewi", "ewa", "farid"])
    def test_staff_without_the_right_may_not_add(self, phone, team, who):
        with pytest.raises(NotAllowed):
            receive(phone, by=getattr(team, who))
        assert self.nothing_kept()


class TestAskRetake:
    @pytest.fixture
    def photo(self, phone):
        phone.visit.definition.views = ["front"]
        phone.visit.definition.save()
        phone.visit.state = "complete"
        phone.visit.save()
        return PhotoFactory(visit=phone.visit)

    @pytest.mark.parametrize("who", ["amina", "chandra", "dewi"])
    def test_those_who_review_may_ask_and_the_visit_opens_again(self, photo, team, who):
        person = getattr(team, who)
        ask_retake(photo=photo, reason_code="blurred", by=person)
        photo.refresh_from_db()
        assert photo.state == "retake_wanted"
        assert photo.reviewed_by == person
        assert photo.retake_reasons[0]["code"] == "blurred"
        assert "blurred" in photo.retake_reasons[0]["message"]
        photo.visit.refresh_from_db()
        assert photo.visit.state == "in_progress"
        event = AuditEvent.objects.get(action="photo.ask_retake")
        assert (event.contents.old, event.contents.reason) == ({"state": "accepted"}, "blurred")

    @pytest.mark.parametrize("who", ["budi", "ewa", "farid"])
    def test_others_may_not(self, photo, team, who):
        with pytest.raises(NotAllowed):
            ask_retake(photo=photo, reason_code="blurred", by=getattr(team, who))
        photo.refresh_from_db()
        assert photo.state == "accepted"

    def test_a_reason_outside_the_list_is_refused(self, photo, team):
        with pytest.raises(Invalid):
            ask_retake(photo=photo, reason_code="ugly", by=team.amina)

    @pytest.mark.parametrize("state", ["received", "retake_wanted", "replaced"])
    def test_only_an_accepted_photo_can_be_turned_down(self, photo, team, state):
        Photo.objects.update(state=state)
        photo.refresh_from_db()
        with pytest.raises(StateRefused):
            ask_retake(photo=photo, reason_code="blurred", by=team.amina)

    def test_of_two_people_at_once_one_is_told(self, photo, team):
        stale = Photo.objects.get(pk=photo.pk)
        ask_retake(photo=photo, reason_code="blurred", by=team.amina)
        with pytest.raises(StateRefused):
            ask_retake(photo=stale, reason_code="too_dark", by=team.chandra)
        assert AuditEvent.objects.filter(action="photo.ask_retake").count() == 1

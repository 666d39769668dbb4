"""Turning a photo down after its visit closed, and taking that back."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from participants.capture.models import Photo
from participants.capture.services.retakes import ask_retake, take_back
from participants.capture.signals import photo_accepted
from participants.consent.errors import ConsentMissing
from participants.consent.models import Consent
from participants.desk import grid
from participants.visits.models import Visit
from participants.visits.services import today
from studies.platform.errors import NotAllowed, ReasonMissing, StateRefused
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.capture.factories import PhotoFactory
from tests.participants.phone import Phone, make_phone

LATER = NOW + timedelta(days=30)


@pytest.fixture
def phone(team: Team) -> Phone:
    """A participant whose visit of one view was complete on its day."""
    made = make_phone(team.sg01)
    made.visit.definition.views = ["front"]
    made.visit.definition.save()
    Visit.objects.filter(pk=made.visit.pk).update(
        state="complete", started_at=NOW, completed_at=NOW
    )
    made.visit.refresh_from_db()
    return made


@pytest.fixture
def photo(phone: Phone) -> Photo:
    return PhotoFactory(visit=phone.visit)


@pytest.fixture
def closed() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


def standing(phone: Phone) -> tuple[str, str]:
    phone.visit.refresh_from_db()
    return phone.visit.state, phone.visit.standing_on(today(phone.participant.study))


@pytest.mark.usefixtures("closed")
class TestClosed:
    def test_a_complete_visit_stays_complete_and_the_photo_is_excluded(
        self, phone: Phone, photo: Photo, team: Team
    ) -> None:
        ask_retake(photo=photo, reason_code="blurred", by=team.chandra)
        assert photo.state == "excluded"
        assert standing(phone) == ("complete", "complete")
        assert phone.visit.completed_at == NOW
        event = AuditEvent.objects.get(action="photo.exclude")
        assert (event.contents.old["state"], event.contents.new["state"]) == (
            "accepted",
            "excluded",
        )

    def test_staff_read_that_it_is_complete_with_a_photo_excluded(
        self, phone: Phone, photo: Photo, team: Team
    ) -> None:
        ask_retake(photo=photo, reason_code="blurred", by=team.chandra)
        phone.visit.refresh_from_db()
        words = grid.column(phone.visit, today(team.study)).words
        assert words == "complete, 1 photo excluded"

    def test_the_participant_is_asked_for_nothing(
        self, phone: Phone, photo: Photo, team: Team
    ) -> None:
        ask_retake(photo=photo, reason_code="blurred", by=team.chandra)
        assert phone.client.get(f"/my/photos/{photo.pk}/").json()["state"] == "accepted"

    def test_a_visit_that_was_missed_does_not_become_complete_by_an_exclusion(
        self, phone: Phone, photo: Photo, team: Team
    ) -> None:
        Visit.objects.update(state="missed", completed_at=None)
        ask_retake(photo=photo, reason_code="blurred", by=team.chandra)
        assert standing(phone) == ("missed", "missed")

    def test_it_is_taken_back_with_a_reason(self, phone: Phone, photo: Photo, team: Team) -> None:
        told: list[Photo] = []

        def listen(photo: Photo, **_: Any) -> None:
            told.append(photo)

        ask_retake(photo=photo, reason_code="blurred", by=team.chandra)
        photo_accepted.connect(listen)
        try:
            take_back(photo=photo, reason="The wrong row was pressed", by=team.amina)
        finally:
            photo_accepted.disconnect(listen)
        photo.refresh_from_db()
        assert (photo.state, photo.retake_reasons, photo.reviewed_by) == (
            "accepted",
            [],
            team.amina,
        )
        assert standing(phone) == ("complete", "complete")
        assert told == [photo]
        event = AuditEvent.objects.get(action="photo.take_back")
        assert (event.contents.reason, event.contents.old["state"]) == (
            "The wrong row was pressed",
            "excluded",
        )

    @pytest.mark.parametrize("page", ["list", "photo"])
    def test_the_page_says_before_what_will_happen(
        self, phone: Phone, photo: Photo, team: Team, as_person: Any, page: str
    ) -> None:
        path = f"{photo.pk}/" if page == "photo" else "?state=accepted"
        body = as_person(team.chandra).get(f"/studies/MEL-8/photos/{path}").content.decode()
        assert "the visit stays complete, with a photo excluded" in body
        assert 'name="expected" value="excluded"' in body

    def test_a_page_from_before_the_visit_closed_does_nothing_else_than_it_said(
        self, photo: Photo, team: Team
    ) -> None:
        with pytest.raises(StateRefused, match="since this page was opened"):
            ask_retake(photo=photo, reason_code="blurred", by=team.amina, expected="retake_wanted")
        photo.refresh_from_db()
        assert photo.state == "accepted"


class TestTakenBack:
    def turned_down_in_time(self, photo: Photo, team: Team) -> None:
        with time_machine.travel(NOW, tick=False):
            ask_retake(photo=photo, reason_code="blurred", by=team.chandra)
        assert photo.state == "retake_wanted"

    def test_a_retake_asked_in_time_that_never_came_is_no_dead_end(
        self, phone: Phone, photo: Photo, team: Team
    ) -> None:
        self.turned_down_in_time(photo, team)
        with time_machine.travel(LATER, tick=False):
            assert standing(phone) == ("in_progress", "missed")
            take_back(photo=photo, reason="It was sharp", by=team.amina)
            assert standing(phone) == ("complete", "complete")

    def test_without_a_reason_nothing_is_taken_back(self, photo: Photo, team: Team) -> None:
        self.turned_down_in_time(photo, team)
        with pytest.raises(ReasonMissing):
            take_back(photo=photo, reason="  ", by=team.amina)

    @pytest.mark.parametrize("who", ["budi", "ewa", "farid"])
    def test_only_who_reviews_photos_there_takes_back(
        self, photo: Photo, team: Team, who: str
    ) -> None:
        self.turned_down_in_time(photo, team)
        with pytest.raises(NotAllowed):
            take_back(photo=photo, reason="It was sharp", by=getattr(team, who))

    def test_what_the_check_turned_down_stays_so(self, phone: Phone, team: Team) -> None:
        poor = PhotoFactory(visit=phone.visit, state="retake_wanted")
        with pytest.raises(StateRefused, match="not turned down by a person"):
            take_back(photo=poor, reason="It was sharp", by=team.amina)

    def test_two_photos_of_a_view_never_count(self, phone: Phone, photo: Photo, team: Team) -> None:
        self.turned_down_in_time(photo, team)
        PhotoFactory(visit=phone.visit, received_at=NOW + timedelta(hours=1))
        with pytest.raises(StateRefused, match="Another photo of this view"):
            take_back(photo=photo, reason="It was sharp", by=team.amina)

    def test_without_consent_nothing_counts_again(self, photo: Photo, team: Team) -> None:
        self.turned_down_in_time(photo, team)
        Consent.objects.update(state=Consent.State.WITHDRAWN)
        with pytest.raises(ConsentMissing):
            take_back(photo=photo, reason="It was sharp", by=team.amina)

    def test_by_the_page_it_is_done_and_comes_back(
        self, photo: Photo, team: Team, as_person: Any
    ) -> None:
        self.turned_down_in_time(photo, team)
        where = f"/studies/MEL-8/photos/{photo.pk}/"
        client = as_person(team.amina)
        assert "Take it back" in client.get(where).content.decode()
        answer = client.post(f"{where}take-back/", {"reason": "It was sharp", "next": where})
        assert answer.url == where
        photo.refresh_from_db()
        assert photo.state == "accepted"

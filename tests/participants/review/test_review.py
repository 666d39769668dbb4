"""Photo review: what waits for whom, what is shown beside it, and what one key does."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from participants.capture.models import Photo
from participants.capture.signals import photo_accepted
from participants.consent.errors import ConsentMissing
from participants.consent.models import Consent
from participants.review import services
from participants.visits.models import Visit
from studies.platform.errors import NotAllowed, StateRefused
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.capture.factories import PhotoFactory
from tests.participants.phone import Phone, make_phone
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

pytestmark = pytest.mark.usefixtures("on_the_day")
PAGE = "/studies/MEL-8/photos/review/"


def held(visit: Visit, **values: Any) -> Photo:
    return PhotoFactory(
        visit=visit, **{"state": "held", "flags": ["repeat_own"], "review": "waiting", **values}
    )


@pytest.fixture
def photo(phone: Phone) -> Photo:
    return held(phone.visit, thumbnail_file="thumbnails/new.jpg")


@pytest.fixture
def first(phone: Phone) -> Photo:
    """The same person's first photo of the view, at the visit before."""
    definition = VisitDefinitionFactory(study=phone.participant.study, code="before", day_offset=1)
    visit = VisitFactory(
        participant=phone.participant,
        definition=definition,
        opens_on=phone.visit.opens_on - timedelta(days=20),
        closes_on=phone.visit.opens_on - timedelta(days=15),
    )
    return PhotoFactory(
        visit=visit,
        thumbnail_file="thumbnails/first.jpg",
        received_at=NOW - timedelta(days=18),
    )


@pytest.fixture
def told() -> Iterator[list[Photo]]:
    """The photos that later rooms were told of."""
    photos: list[Photo] = []

    def listen(photo: Photo, **_: Any) -> None:
        photos.append(photo)

    photo_accepted.connect(listen)
    yield photos
    photo_accepted.disconnect(listen)


def page(as_person: Any, who: Any, query: str = "") -> str:
    return str(as_person(who).get(PAGE + query).content.decode())


class TestQueue:
    def test_held_photos_come_first_then_the_oldest(self, phone: Phone, team: Team) -> None:
        at = {name: NOW + timedelta(minutes=n) for n, name in enumerate("abc")}
        accepted = {"state": "accepted", "flags": []}
        later = held(phone.visit, view="left", received_at=at["b"], **accepted)
        older = held(phone.visit, view="front", received_at=at["a"], **accepted)
        flagged = held(phone.visit, view="right", received_at=at["c"])
        waiting = services.queue(study=team.study, user=team.dewi)
        assert list(waiting) == [flagged, older, later]

    def test_another_sites_photos_are_not_in_the_queue_nor_counted(
        self, team: Team, as_person: Any
    ) -> None:
        other = held(make_phone(team.kl01, code="KL01-0003").visit)
        assert list(services.queue(study=team.study, user=team.amina)) == []
        assert services.count(study=team.study, user=team.amina) == 0
        body = page(as_person, team.amina, f"?photo={other.pk}")
        assert "Nothing to look at" in body
        assert "KL01-0003" not in body
        assert services.count(study=team.study, user=team.budi) == 1

    def test_whoever_only_looks_has_no_queue(
        self, photo: Photo, team: Team, as_person: Any
    ) -> None:
        assert as_person(team.ewa).get(PAGE).status_code == 403
        assert list(services.queue(study=team.study, user=team.ewa)) == []

    @pytest.mark.parametrize("gone", [{"state": "withdrawn"}, {"data_use": "restricted"}])
    def test_nobody_who_left_waits(self, photo: Photo, team: Team, gone: dict[str, str]) -> None:
        participant = photo.visit.participant
        type(participant).objects.filter(pk=participant.pk).update(**gone)
        assert services.count(study=team.study, user=team.amina) == 0

    def test_the_navigation_says_how_many_wait(
        self, photo: Photo, team: Team, as_person: Any
    ) -> None:
        link = re.compile(r'photos/"[^>]*>.*?<span>Photos</span>.*?badge--warn">1<', re.DOTALL)
        body = as_person(team.amina).get("/studies/MEL-8/participants/").content.decode()
        assert link.search(body)
        body = as_person(team.budi).get("/studies/MEL-8/participants/").content.decode()
        assert not link.search(body)

    def test_the_queues_own_page_counts_in_no_other_section(
        self, photo: Photo, team: Team, as_person: Any
    ) -> None:
        assert page(as_person, team.amina).count('badge--warn">1<') == 1


class TestBeside:
    def test_it_stands_beside_the_first_one_and_looking_is_recorded(
        self, photo: Photo, first: Photo, team: Team, as_person: Any
    ) -> None:
        PhotoFactory(visit=first.visit, view="left")
        body = page(as_person, team.amina)
        shown = re.findall(r"photos/([0-9a-f-]{36})/thumb/", body)
        assert shown == [str(first.pk), str(photo.pk)]
        event = AuditEvent.objects.get(action="photo.list")
        assert event.contents.new["photos"] == [str(photo.pk), str(first.pk)]
        assert event.participant_code == photo.visit.participant.code

    def test_nobody_elses_photo_is_the_first(self, photo: Photo, team: Team) -> None:
        PhotoFactory(
            visit=make_phone(team.sg01, code="SG01-0009").visit,
            received_at=NOW - timedelta(days=9),
        )
        assert services.compare(photo=photo, user=team.amina).first is None

    def test_where_it_is_stored_already_is_said_as_far_as_one_may_see(
        self, photo: Photo, first: Photo, team: Team, as_person: Any
    ) -> None:
        Photo.objects.filter(pk=photo.pk).update(flags=["repeat_other", "repeat_own"])
        elsewhere = make_phone(team.kl01, code="KL01-0003")
        for visit in (first.visit, elsewhere.visit):
            PhotoFactory(visit=visit, view="right", sha256=photo.sha256)
        body = page(as_person, team.amina)
        assert "SG01-0007, " in body
        assert "a photo that you may not see" in body
        assert "KL01-0003" not in body
        assert "KL01-0003" in page(as_person, team.dewi)

    def test_the_reason_that_is_likely_is_chosen(
        self, photo: Photo, team: Team, as_person: Any
    ) -> None:
        assert re.search(r'<option value="repeat" selected>', page(as_person, team.amina))

    def test_one_can_go_on_to_the_next_without_deciding(
        self, photo: Photo, team: Team, as_person: Any
    ) -> None:
        other = held(photo.visit, view="left", received_at=NOW + timedelta(minutes=1))
        assert f'href="?photo={other.pk}" data-key="n"' in page(as_person, team.amina)
        assert f"{other.pk}/review/" in page(as_person, team.amina, f"?photo={other.pk}")


class TestAccepted:
    def test_a_held_photo_counts_is_scored_and_completes_its_visit(
        self, phone: Phone, photo: Photo, team: Team, told: list[Photo]
    ) -> None:
        phone.visit.definition.views = ["front"]
        phone.visit.definition.save()
        services.accept_photo(photo=photo, by=team.chandra)
        photo.refresh_from_db()
        assert (photo.state, photo.review, photo.reviewed_by) == ("accepted", "done", team.chandra)
        assert told == [photo]
        phone.visit.refresh_from_db()
        assert phone.visit.state == "complete"
        event = AuditEvent.objects.get(action="photo.accept")
        assert event.contents.new["flags"] == ["repeat_own"]
        assert event.actor_label == team.chandra.actor_label

    def test_an_accepted_photo_is_confirmed_and_not_scored_again(
        self, phone: Phone, team: Team, told: list[Photo]
    ) -> None:
        photo = held(phone.visit, state="accepted", flags=[])
        services.accept_photo(photo=photo, by=team.amina)
        photo.refresh_from_db()
        assert (photo.state, photo.review) == ("accepted", "done")
        assert told == []
        assert AuditEvent.objects.filter(action="photo.confirm").count() == 1

    def test_of_two_people_the_second_is_told(self, photo: Photo, team: Team) -> None:
        stale = Photo.objects.select_related("visit__participant").get(pk=photo.pk)
        services.accept_photo(photo=photo, by=team.amina)
        with pytest.raises(StateRefused, match="already"):
            services.accept_photo(photo=stale, by=team.chandra)

    @pytest.mark.parametrize("who", ["budi", "ewa", "farid"])
    def test_only_who_reviews_photos_there_accepts(
        self, photo: Photo, team: Team, who: str
    ) -> None:
        with pytest.raises(NotAllowed):
            services.accept_photo(photo=photo, by=getattr(team, who))
        with pytest.raises(NotAllowed):
            services.turn_down(photo=photo, reason_code="repeat", by=getattr(team, who))

    def test_without_consent_a_held_photo_does_not_count(self, photo: Photo, team: Team) -> None:
        Consent.objects.update(state=Consent.State.WITHDRAWN)
        with pytest.raises(ConsentMissing):
            services.accept_photo(photo=photo, by=team.amina)

    def test_where_another_was_accepted_meanwhile_it_does_not_count(
        self, photo: Photo, team: Team
    ) -> None:
        PhotoFactory(visit=photo.visit, received_at=NOW + timedelta(minutes=1))
        with pytest.raises(StateRefused, match="Another photo of this view"):
            services.accept_photo(photo=photo, by=team.amina)


class TestPage:
    def decide(self, as_person: Any, who: Any, photo: Photo, **form: str) -> Any:
        path = f"/studies/MEL-8/photos/{photo.pk}/review/"
        return as_person(who).post(path, form, follow=True)

    def test_accept_goes_on_to_the_next(
        self, photo: Photo, first: Photo, team: Team, as_person: Any
    ) -> None:
        other = held(photo.visit, view="left", received_at=NOW + timedelta(minutes=1))
        answer = self.decide(as_person, team.amina, photo, decision="accept", after=str(other.pk))
        body = answer.content.decode()
        assert "the photo (Front) is accepted" in body
        assert f"{other.pk}/review/" in body

    def test_ask_asks_the_participant_with_the_reason(
        self, photo: Photo, team: Team, as_person: Any
    ) -> None:
        self.decide(as_person, team.amina, photo, decision="ask", reason="repeat")
        photo.refresh_from_db()
        assert (photo.state, photo.review) == ("retake_wanted", "done")
        assert photo.retake_reasons[0]["message"] == (
            "This photo was sent before. Please take a new one."
        )
        assert services.count(study=team.study, user=team.amina) == 0

    def test_once_the_visit_is_over_it_is_excluded_and_the_page_says_so_before(
        self, photo: Photo, team: Team, as_person: Any
    ) -> None:
        with time_machine.travel(NOW + timedelta(days=30), tick=False):
            assert "No other photo can be taken any more" in page(as_person, team.amina)
            form = {"decision": "ask", "reason": "repeat", "expected": "excluded"}
            self.decide(as_person, team.amina, photo, **form)
        photo.refresh_from_db()
        assert photo.state == "excluded"

    def test_the_second_of_two_people_reads_that_it_is_done(
        self, photo: Photo, team: Team, as_person: Any
    ) -> None:
        self.decide(as_person, team.amina, photo, decision="accept")
        for form in ({"decision": "accept"}, {"decision": "ask", "reason": "repeat"}):
            answer = self.decide(as_person, team.chandra, photo, **form)
            assert "Somebody has looked at this photo already" in answer.content.decode()
        photo.refresh_from_db()
        assert photo.state == "accepted"

    def test_nothing_said_changes_nothing(self, photo: Photo, team: Team, as_person: Any) -> None:
        assert self.decide(as_person, team.amina, photo).status_code == 422
        photo.refresh_from_db()
        assert photo.review == "waiting"

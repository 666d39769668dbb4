"""Photos taken in time that arrive after their visit closed, because there was no connection.

The visit's window is 1 to 5 March 2026 in Singapore; it is over on 6 March, 00:00 there,
which is 5 March, 16:00 UTC.
"""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from participants.capture.models import Photo
from participants.capture.services.times import when_taken
from participants.imaging.decode import CameraTags
from participants.visits.errors import VisitNotOpen
from participants.visits.models import Visit
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.capture.test_photo_receive import receive
from tests.participants.phone import JPEG, Phone, make_phone

CLOSED = datetime(2026, 3, 5, 16, 0, tzinfo=UTC)
LAST_EVENING = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)


@pytest.fixture
def clock():
    """The time it is; move it with ``clock.move_to``."""
    with time_machine.travel(CLOSED + timedelta(hours=70), tick=False) as moving:
        yield moving


@pytest.fixture
def phone(team: Team, clock) -> Phone:
    made = make_phone(team.sg01)
    made.invitation.expires_at = CLOSED + timedelta(days=300)
    made.invitation.save()
    return made


def taken(at: datetime, **more: object) -> dict[str, object]:
    return {"taken_at": at.isoformat(), **more}


def test_the_window_is_the_one_written_above(phone):
    assert (phone.visit.opens_on.isoformat(), phone.visit.closes_on.isoformat()) == (
        "2026-03-01",
        "2026-03-05",
    )


def test_a_photo_taken_on_the_last_evening_is_taken_in_three_days_later(phone):
    photo = receive(phone, capture=taken(LAST_EVENING))
    assert photo.late_arrival
    assert photo.taken_at == LAST_EVENING
    event = AuditEvent.objects.get(action="photo.receive")
    assert event.contents.new["late_arrival"] is True


def test_after_three_days_it_is_too_late(phone, clock):
    clock.move_to(CLOSED + timedelta(hours=72, seconds=1))
    with pytest.raises(VisitNotOpen):
        receive(phone, capture=taken(LAST_EVENING))


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param({}, id="nothing is claimed"),
        pytest.param(taken(CLOSED + timedelta(seconds=1)), id="after it closed"),
        pytest.param(taken(datetime(2026, 2, 28, 15, 59, tzinfo=UTC)), id="before it opened"),
        pytest.param(taken(CLOSED + timedelta(days=20)), id="in the future"),
        pytest.param(taken(LAST_EVENING, clock_offset_s=6 * 3600), id="its clock was behind"),
    ],
)
def test_a_claim_that_is_not_plausible_lets_nothing_in(phone, claim):
    with pytest.raises(VisitNotOpen):
        receive(phone, capture=claim)
    assert not Photo.objects.exists()


def test_a_cancelled_visit_takes_no_late_photo(phone):
    Visit.objects.filter(pk=phone.visit.pk).update(state=Visit.State.CANCELLED)
    phone.visit.refresh_from_db()
    with pytest.raises(VisitNotOpen, match="cancelled"):
        receive(phone, capture=taken(LAST_EVENING))


def test_within_the_window_a_photo_is_not_late_whatever_is_claimed(phone, clock):
    clock.move_to(LAST_EVENING)
    photo = receive(phone, capture=taken(LAST_EVENING - timedelta(days=1)))
    assert not photo.late_arrival


def test_a_claim_of_the_future_is_not_the_time_it_was_taken(phone, clock):
    clock.move_to(LAST_EVENING)
    assert receive(phone, capture=taken(LAST_EVENING + timedelta(hours=1))).taken_at is None


def test_how_long_is_a_setting(phone, settings):
    settings.LATE_ARRIVAL_HOURS = 24
    with pytest.raises(VisitNotOpen):
        receive(phone, capture=taken(LAST_EVENING))


def test_the_upload_carries_the_claim_from_the_first_request_to_the_last(phone):
    told = json.dumps(taken(LAST_EVENING, method="video_frame", unknown=1))
    number = phone.upload(JPEG, capture=told)
    photo = Photo.objects.get(pk=number)
    assert photo.late_arrival
    assert photo.capture == {"taken_at": LAST_EVENING.isoformat(), "method": "video_frame"}


def test_a_claim_that_makes_no_sense_is_refused_at_the_first_request(phone):
    answer = phone.create(JPEG, uuid.uuid4(), capture='{"alignment": 7}')
    assert answer.status_code == 400
    assert "alignment" in answer.json()["detail"]


def test_a_file_without_a_date_leaves_the_phones_time(phone):
    photo = receive(phone, capture=taken(LAST_EVENING))
    assert when_taken(photo, CameraTags()) == {}
    assert photo.taken_at == LAST_EVENING


def test_staff_read_on_the_photo_page_how_it_was_taken_and_that_it_came_late(
    phone, team, as_person
):
    photo = receive(phone, capture=taken(LAST_EVENING, method="file", alignment=0.91))
    page = as_person(team.chandra).get(f"/studies/MEL-8/photos/{photo.pk}/").content.decode()
    assert "own camera or a file, 91 % aligned with the first visit, arrived late" in page

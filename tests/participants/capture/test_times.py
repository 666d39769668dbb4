"""When a photo was taken: the phone's clock for what its camera took, EXIF for what was chosen."""

from datetime import UTC, datetime, timedelta

import pytest

from participants.capture.models import Photo
from participants.capture.services import times
from participants.capture.services.flags import flags_of
from participants.imaging.decode import CameraTags
from tests.factories import NOW
from tests.participants.capture.test_photo_receive import receive
from tests.participants.phone import JPEG, Phone, sha256

pytestmark = pytest.mark.usefixtures("on_the_day")


def tags(*when: int, offset: str | None = None) -> CameraTags:
    taken = datetime(*when)  # type: ignore[misc,arg-type]  # noqa: DTZ001
    return CameraTags(taken_at=taken, utc_offset=offset)


def arrived(phone: Phone, exif: CameraTags, **capture: object) -> Photo:
    """A photo that has arrived, with what its check reads of the picture's own record."""
    content = JPEG + str(capture).encode() + str(exif).encode()
    photo = receive(phone, content, sha256=sha256(content), capture=capture)
    for name, value in times.when_taken(photo, exif).items():
        setattr(photo, name, value)
    return photo


SHOT = NOW - timedelta(minutes=10)
CAMERA = {"method": "video_frame", "taken_at": SHOT.isoformat()}
CHOSEN = {"method": "file", "taken_at": SHOT.isoformat()}


def test_the_phones_corrected_clock_is_kept_over_the_pictures_own_record(phone: Phone) -> None:
    photo = arrived(phone, tags(2026, 3, 2, 3, 0), **CAMERA)
    assert (photo.taken_at, photo.taken_at_source) == (SHOT, "phone")
    assert photo.exif_taken_at == datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
    assert (photo.exif_offset, photo.exif_zone) == ("+08:00", "study")


def test_a_chosen_picture_is_dated_by_its_own_record_never_by_the_choosing(phone: Phone) -> None:
    photo = arrived(phone, tags(2026, 3, 1, 9, 0, offset="+07:00"), **CHOSEN)
    assert (photo.taken_at, photo.taken_at_source) == (
        datetime(2026, 3, 1, 2, 0, tzinfo=UTC),
        "exif",
    )
    assert (photo.exif_offset, photo.exif_zone) == ("+07:00", "file")


def test_a_chosen_picture_that_says_nothing_has_no_date_and_is_flagged(phone: Phone) -> None:
    photo = arrived(phone, CameraTags(), **CHOSEN)
    assert (photo.taken_at, photo.taken_at_source) == (None, "")
    assert flags_of(photo) == ["undated"]


def test_a_record_of_a_time_to_come_dates_nothing(phone: Phone) -> None:
    photo = arrived(phone, tags(2027, 3, 2, 9, 0), **CHOSEN)
    assert (photo.taken_at, photo.exif_taken_at is None) == (None, False)
    assert flags_of(photo) == ["outside_window", "undated"]


@pytest.mark.parametrize(
    ("zone", "offset", "utc", "whose"),
    [
        ("", "+08:00", datetime(2026, 3, 2, 1, 0, tzinfo=UTC), "study"),
        ("Asia/Kolkata", "+05:30", datetime(2026, 3, 2, 3, 30, tzinfo=UTC), "participant"),
        ("America/St_Johns", "-03:30", datetime(2026, 3, 2, 12, 30, tzinfo=UTC), "participant"),
    ],
)
def test_a_record_without_a_zone_is_read_where_the_participant_is_else_where_the_study_is(
    phone: Phone, zone: str, offset: str, utc: datetime, whose: str
) -> None:
    phone.participant.time_zone = zone
    found = times.recorded(tags(2026, 3, 2, 9, 0), phone.participant)
    assert found == times.Recorded(utc, offset, whose)


@pytest.mark.parametrize(
    ("offset", "hour", "whose"),
    [("+08:00", 1, "file"), ("-03:30", 12, "file"), ("+99:99", 1, "study")],
)
def test_the_cameras_own_zone_counts_if_it_is_one(
    phone: Phone, offset: str, hour: int, whose: str
) -> None:
    found = times.recorded(tags(2026, 3, 2, 9, 0, offset=offset), phone.participant)
    assert found is not None
    assert (found.at.hour, found.zone) == (hour, whose)


def test_the_plain_form_dates_nothing_by_its_arrival(phone: Phone) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("old.jpg", JPEG, content_type="image/jpeg")
    phone.client.post("/my/visits/week-0/front/", {"photo": file})
    photo = Photo.objects.get()
    assert (photo.capture["method"], photo.taken_at) == ("file", None)


class TestOutside:
    """The visit's window is 1 to 5 March in Singapore."""

    @pytest.mark.parametrize(
        ("when", "flagged"),
        [
            ((2026, 2, 28, 23, 59), ["outside_window"]),
            ((2026, 3, 1, 0, 0), []),
            ((2019, 7, 1, 12, 0), ["outside_window"]),
        ],
    )
    def test_a_picture_of_another_time_is_flagged(
        self, phone: Phone, when: tuple[int, ...], flagged: list[str]
    ) -> None:
        assert flags_of(arrived(phone, tags(*when, offset="+08:00"), **CHOSEN)) == flagged

    def test_the_phones_own_time_is_held_against_the_window_too(self, phone: Phone) -> None:
        early = {"method": "video_frame", "taken_at": "2026-02-27T10:00:00+00:00"}
        assert flags_of(arrived(phone, CameraTags(), **early)) == ["outside_window"]


class TestApart:
    def test_a_claim_of_the_camera_page_over_a_picture_of_2019_is_flagged(
        self, phone: Phone
    ) -> None:
        assert flags_of(arrived(phone, tags(2019, 7, 1, 12, 0), **CAMERA)) == ["times_differ"]

    def test_a_phone_whose_clock_is_off_is_so_in_the_picture_as_well(self, phone: Phone) -> None:
        told = {**CAMERA, "taken_at": "2026-02-26T09:00:00+00:00", "clock_offset_s": 4 * 86_400}
        assert flags_of(arrived(phone, tags(2026, 2, 26, 17, 0), **told)) == []

    def test_a_zone_that_was_guessed_wrong_is_no_difference(self, phone: Phone) -> None:
        assert flags_of(arrived(phone, tags(2026, 3, 1, 16, 0), **CAMERA)) == []

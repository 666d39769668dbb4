"""When a photo was taken: by the phone's clock, or by what the picture says of itself (EXIF).

The phone's clock was compared with ours at the last contact and is put right by the difference; a
camera's clock was not, and may never have been set. So the phone's time counts for what its camera
page took, and the picture's own record is kept beside it. Of a picture that was chosen from a
gallery or taken by another app the phone knows only when it was chosen: that is dated by its own
record, or by nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from participants.capture.metadata import was_chosen
from participants.capture.models import Photo
from participants.capture.services import arrivals
from participants.people.models import Participant

if TYPE_CHECKING:
    from participants.imaging.decode import CameraTags


@dataclass(frozen=True)
class Recorded:
    """What a picture says of itself: in UTC, with the offset it was read by, and whose that is."""

    at: datetime
    offset: str
    zone: str


def when_sent(capture: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of ``Photo`` that the phone's word fills as a photo arrives."""
    moment = None if was_chosen(capture) else arrivals.plausible_moment(capture)
    return {"taken_at": moment, "taken_at_source": Photo.TimeSource.PHONE} if moment else {}


def when_taken(photo: Photo, tags: CameraTags) -> dict[str, Any]:
    """The columns of ``Photo`` that the picture's own record fills; the phone's time stays.

    A record of a time to come dates nothing: it is kept, and flagged.
    """
    exif_time = recorded(tags, photo.visit.participant)
    if exif_time is None:
        return {}
    kept = {
        "exif_taken_at": exif_time.at,
        "exif_offset": exif_time.offset,
        "exif_zone": exif_time.zone,
    }
    if photo.taken_at is None and exif_time.at <= photo.received_at + arrivals.SLACK:
        kept |= {"taken_at": exif_time.at, "taken_at_source": Photo.TimeSource.EXIF}
    return kept


def recorded(tags: CameraTags, participant: Participant) -> Recorded | None:
    """When the camera's clock says, in its own zone, else the participant's, else the study's."""
    taken = tags.taken_at
    if taken is None or not 2000 <= taken.year < 2200:
        return None  # a clock that was never set
    if tags.utc_offset:
        with suppress(ValueError):  # "+99:99", from a camera that does not know
            at = datetime.strptime(f"{taken:%Y%m%d%H%M%S}{tags.utc_offset}", "%Y%m%d%H%M%S%z")
            return _recorded(at, Photo.ExifZone.FILE)
    name = participant.time_zone
    whose = Photo.ExifZone.PARTICIPANT if name else Photo.ExifZone.STUDY
    return _recorded(taken.replace(tzinfo=ZoneInfo(name) if name else participant.zone), whose)


def _recorded(at: datetime, zone: str) -> Recorded:
    ahead = at.utcoffset() or timedelta()
    hours, minutes = divmod(abs(ahead) // timedelta(minutes=1), 60)
    sign = "-" if ahead < timedelta() else "+"
    return Recorded(at.astimezone(UTC), f"{sign}{hours:02}:{minutes:02}", zone)

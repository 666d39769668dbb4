"""A photo taken before its participant had agreed to anything is not used."""

from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import Min
from django.utils.formats import date_format
from django.utils.translation import gettext_noop

from participants.capture.models import Photo
from participants.deviations.models import Deviation
from participants.deviations.services import note_deviation

CODE = "before_consent"
# The participant reads it, and sends another: nothing they did was wrong.
MESSAGE = gettext_noop("This photo is of another day. Please take a new one.")


def refuse(photo: Photo) -> list[dict[str, str]]:
    """Why ``photo`` is not used: it was taken before the first consent. A deviation is noted.

    Days are the study's. A photo of which nobody knows when it was taken is not refused: it was
    received under a consent in force. Empty where nothing speaks against it.
    """
    taken, agreed = day_taken(photo), first_consent(photo)
    if taken is None or agreed is None or taken >= agreed:
        return []
    note_deviation(
        visit=photo.visit,
        kind=Deviation.Kind.PHOTO_BEFORE_CONSENT,
        about=str(photo.pk),
        detail=f"{photo.get_view_display()}, {photo.visit.definition.name}: taken "
        f"{date_format(taken, 'j M Y')}, consent of {date_format(agreed, 'j M Y')}; not used",
    )
    return [{"code": CODE, "message": MESSAGE}]


def day_taken(photo: Photo) -> date | None:
    """The site's day on which it was taken, as far as that is known."""
    moment = photo.taken_at or photo.exif_taken_at
    return None if moment is None else moment.astimezone(_zone(photo)).date()


def first_consent(photo: Photo) -> date | None:
    """The site's day of its participant's first consent."""
    given_at = photo.visit.participant.consents.aggregate(first=Min("given_at"))["first"]
    return None if given_at is None else given_at.astimezone(_zone(photo)).date()


def _zone(photo: Photo) -> ZoneInfo:
    return photo.visit.participant.zone

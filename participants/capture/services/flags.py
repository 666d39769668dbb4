"""What a person has to look at: a photo that was there before, a time that does not fit the visit.

Whose face it is stays a person's judgement: no face is compared with another here, since that would
be a biometric. What is compared are bytes, pixels and times.
"""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from participants.capture.metadata import was_chosen
from participants.capture.models import Photo

REPEAT_OWN = "repeat_own"
REPEAT_OTHER = "repeat_other"
OUTSIDE_WINDOW = "outside_window"
TIMES_DIFFER = "times_differ"
UNDATED = "undated"

# In the order in which they weigh. Kept as codes: which photo it repeats is found again when it is
# shown, among those that the person may see.
FLAGS: dict[str, str] = {
    REPEAT_OTHER: "the same picture is stored for another participant",
    REPEAT_OWN: "the same picture was sent before by this participant",
    OUTSIDE_WINDOW: "taken outside the visit's window",
    TIMES_DIFFER: "the phone and the picture tell times more than a day apart",
    UNDATED: "chosen from a gallery, and nothing plausible says when it was taken",
}
# These do not count until a person accepts them; the others count, and a person looks at them.
HOLDING = frozenset({REPEAT_OWN, REPEAT_OTHER, OUTSIDE_WINDOW, TIMES_DIFFER})
# A camera's clock without a zone may be read up to 26 hours wrong.
APART = timedelta(hours=26)


def flags_of(photo: Photo) -> list[str]:
    """The codes of ``FLAGS`` that hold for ``photo``, weightiest first; its check has run."""
    repeats = repeats_of(photo).select_related("visit")
    owners = {repeat.visit.participant_id for repeat in repeats}
    own = photo.visit.participant_id
    flags = {
        REPEAT_OTHER: bool(owners - {own}),
        REPEAT_OWN: own in owners,
        OUTSIDE_WINDOW: not _within_window(photo),
        TIMES_DIFFER: _times_differ(photo),
        UNDATED: was_chosen(photo.capture) and photo.taken_at is None,
    }
    return [code for code in FLAGS if flags[code]]


def repeats_of(photo: Photo) -> QuerySet[Photo]:
    """Other photos, whoever's, of the same bytes or of the same pixels once decoded.

    Sent twice for one view of one visit is no repeat, unless a person turned the first one down.
    """
    same = Q(sha256=photo.sha256)
    if photo.upright_sha256:
        same |= Q(upright_sha256=photo.upright_sha256)
    sent_twice = Q(visit=photo.visit_id, view=photo.view, reviewed_by=None)
    return Photo.objects.filter(same).exclude(sent_twice).exclude(pk=photo.pk)


def _within_window(photo: Photo) -> bool:
    """Whether the day it was taken, as far as that is known, is one of the visit's."""
    moment = photo.taken_at or photo.exif_taken_at
    if moment is None:
        return True
    visit = photo.visit
    return visit.opens_on <= moment.astimezone(visit.participant.zone).date() <= visit.closes_on


def _times_differ(photo: Photo) -> bool:
    if photo.taken_at_source != Photo.TimeSource.PHONE:
        return False
    taken, stated = photo.taken_at, photo.exif_taken_at
    return taken is not None and stated is not None and _apart(taken, stated, photo) > APART


def _apart(taken: datetime, stated: datetime, photo: Photo) -> timedelta:
    """How far the two clocks are apart; one that was off is off in the picture as well."""
    off = timedelta(seconds=photo.capture.get("clock_offset_s") or 0)
    return min(abs(taken - stated), abs(taken - stated - off))

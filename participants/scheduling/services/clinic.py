"""A photo taken at the clinic by staff: the same way in as a participant's own."""

import hashlib
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils.formats import date_format

from participants.capture.errors import PhotoTooLarge
from participants.capture.metadata import CLINIC
from participants.capture.models import Photo
from participants.capture.services.photos import receive_photo
from participants.consent.errors import ConsentMissing, ConsentOutdated
from participants.people.models import Participant
from participants.scheduling.services.common import require_taking_part
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, StateRefused
from studies.protocol.services.rights import require


def add_clinic_photo(*, visit: Visit, view: str, file: Path, photo_id: UUID, by: Actor) -> Photo:
    """Store the photo in ``file`` for ``view`` of ``visit``, and queue its check.

    Everything that holds for a participant's photo holds for it: consent, window, size, checks.
    The same ``photo_id`` with the same bytes again returns the photo there is.

    Raises:
        NotAllowed: ``by`` may not add photos at the participant's site.
        StateRefused: nobody takes part, or the visit is not open; the message says what to do.
        PhotoTooLarge, PhotoEmpty, PhotoConflict, PhotoAlreadyAccepted, PhotoNotAsked, TooManyTakes,
        ConsentMissing, ConsentOutdated: as for every photo.
    """
    rows = Participant.objects.select_related("study", "site")
    participant = visit.participant = rows.get(pk=visit.participant_id)
    require(by, Permission.PHOTO_ADD, study=participant.study, site=participant.site)
    require_taking_part(participant)
    require_open_for_staff(visit)
    if view not in visit.definition.views:
        message = f"{visit.definition.name} does not ask for this view. Nothing was kept."
        raise Invalid(message, detail={"fields": {"view": [message]}})
    size = file.stat().st_size
    if size > settings.UPLOAD_MAX_BYTES:
        most = settings.UPLOAD_MAX_BYTES // 1024**2
        raise PhotoTooLarge(f"The file has more than {most} MB. Nothing was kept.")
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    capture = {"method": "file", "place": CLINIC}
    try:
        return receive_photo(
            photo_id=photo_id,
            visit=visit,
            view=view,
            content=file,
            sha256=digest,
            by=by,
            capture=capture,
        )
    except (ConsentMissing, ConsentOutdated) as refusal:
        what = "no consent" if isinstance(refusal, ConsentMissing) else "no consent to the new text"
        raise StateRefused(
            f"{participant.code} has given {what}: record it first. Nothing was kept."
        ) from refusal


def require_open_for_staff(visit: Visit) -> None:
    """Refuse where no photo of ``visit`` is taken today, and say what can be done about it.

    Raises:
        StateRefused: cancelled, marked as missed, before or after its window.
    """
    today = visits.today(visit.participant)
    if visit.state == Visit.State.CANCELLED:
        raise StateRefused("This visit is cancelled: no photo is taken for it.")
    if visit.marked_missed:
        raise StateRefused(
            "This visit is marked as missed. Take that back first if they have come after all."
        )
    if not visit.opens_on <= today <= visit.closes_on:
        first, last = (date_format(day, "j F Y") for day in (visit.opens_on, visit.closes_on))
        raise StateRefused(
            f"Photos of this visit are taken from {first} to {last}. Move the visit to today first "
            "if they are here; nothing was kept."
        )

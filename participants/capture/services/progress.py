"""How far the photos have brought a visit."""

from django.db import transaction

from participants.capture.models import Photo
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.platform.actors import SYSTEM, Actor


def missing_views(visit: Visit) -> list[str]:
    """The views the schedule asks for that have no accepted photo yet, in the order asked for."""
    photos = Photo.objects.filter(visit=visit)
    accepted = set(photos.filter(state=Photo.State.ACCEPTED).values_list("view", flat=True))
    return [view for view in visit.definition.views if view not in accepted]


@transaction.atomic
def note_photo(visit: Visit, *, by: Actor = SYSTEM) -> Visit:
    """Move ``visit`` to where its photos put it; call in the transaction that changed a photo."""
    visit = Visit.objects.select_for_update().get(pk=visit.pk)
    missing = set(missing_views(visit))
    return visits.note_progress(
        visit,
        begun=Photo.objects.filter(visit=visit).exists(),
        complete=not missing or _stays_complete(visit, missing),
        by=by,
    )


def _stays_complete(visit: Visit, missing: set[str]) -> bool:
    """Whether it was complete, and what is missing now was excluded after it could be retaken."""
    if visit.state != Visit.State.COMPLETE:
        return False
    excluded = Photo.objects.filter(visit=visit, state=Photo.State.EXCLUDED)
    return missing <= set(excluded.values_list("view", flat=True))

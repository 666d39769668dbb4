"""How far the photos, and what else it asks for, have brought a visit."""

from dataclasses import dataclass, field
from typing import cast

from django.db import transaction

from participants.capture.models import Photo
from participants.capture.signals import others_asked
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.platform.actors import SYSTEM, Actor


@dataclass(frozen=True)
class Others:
    """What a later room asks for at a visit: whether it was begun, and what is still missing."""

    begun: bool = False
    missing: list[str] = field(default_factory=list)


def others_of(visit: Visit) -> Others:
    """What is asked for beside photos, all rooms together."""
    heard = others_asked.send(sender=Visit, visit=visit)
    told = [cast("Others", said) for _, said in heard]
    return Others(
        begun=any(said.begun for said in told),
        missing=[name for said in told for name in said.missing],
    )


def missing_views(visit: Visit) -> list[str]:
    """The views the schedule asks for that have no accepted photo yet, in the order asked for."""
    photos = Photo.objects.filter(visit=visit)
    accepted = set(photos.filter(state=Photo.State.ACCEPTED).values_list("view", flat=True))
    return [view for view in visit.definition.views if view not in accepted]


@transaction.atomic
def note_photo(visit: Visit, *, by: Actor = SYSTEM) -> Visit:
    """Move ``visit`` to where its photos put it; call in the transaction that changed a photo."""
    visit = Visit.objects.select_for_update().get(pk=visit.pk)
    missing, others = set(missing_views(visit)), others_of(visit)
    photographed = not missing or _stays_complete(visit, missing)
    return visits.note_progress(
        visit,
        begun=others.begun or Photo.objects.filter(visit=visit).exists(),
        complete=photographed and not others.missing,
        by=by,
    )


def _stays_complete(visit: Visit, missing: set[str]) -> bool:
    """Whether it was complete, and what is missing now was excluded after it could be retaken."""
    if visit.state != Visit.State.COMPLETE:
        return False
    excluded = Photo.objects.filter(visit=visit, state=Photo.State.EXCLUDED)
    return missing <= set(excluded.values_list("view", flat=True))

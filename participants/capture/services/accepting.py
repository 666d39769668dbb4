"""A photo is accepted: by its check, or by a person."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from participants.capture.models import Photo
from participants.capture.services import progress
from participants.capture.signals import photo_accepted
from participants.people.services.record import record_about
from studies.platform.actors import SYSTEM, Actor

_S = Photo.State
SETTLED = (_S.ACCEPTED, _S.RETAKE_WANTED, _S.HELD)


def accept(
    photo: Photo,
    *,
    by: Actor,
    action: str = "photo.accept",
    new: Mapping[str, Any] | None = None,
    reason: str = "",
    **fields: Any,
) -> None:
    """Move ``photo`` to accepted, set ``fields``, move its visit on, and tell later rooms.

    What was there of the same view is replaced. The caller holds the participant's row and has
    asked for rights, consent and state.
    """
    older = others_of(photo).filter(received_at__lte=photo.received_at, state__in=SETTLED)
    before = photo.state
    replace(older, by=photo)
    photo.move(Photo.State.ACCEPTED, **fields)
    old = {} if by is SYSTEM else {"old": {"state": before}}
    new = {"state": photo.state, **(new or {})}
    record_photo(photo, action, by=by, new=new, reason=reason, **old)
    progress.note_photo(photo.visit, by=by)
    photo_accepted.send(sender=Photo, photo=photo)


def others_of(photo: Photo) -> QuerySet[Photo]:
    """The other photos of its view at its visit."""
    return Photo.objects.filter(visit=photo.visit_id, view=photo.view).exclude(pk=photo.pk)


def replace(older: QuerySet[Photo], *, by: Photo) -> None:
    """Let ``older`` photos give way to ``by``."""
    for old in older.select_related("visit__definition", "visit__participant"):
        old.move(Photo.State.REPLACED, **({"review": ""} if old.review == "waiting" else {}))
        record_photo(old, "photo.replace", new={"state": old.state, "by": str(by.pk)})


def record_photo(photo: Photo, action: str, *, by: Actor = SYSTEM, **values: Any) -> None:
    """An event about ``photo``, with its visit and view in the new value."""
    where = {"visit": photo.visit.definition.code, "view": photo.view}
    values["new"] = {**where, **(values.get("new") or {})}
    record_about(photo.visit.participant, action, by=by, target=photo, **values)

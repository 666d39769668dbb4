"""The queue of photos to look at, and what a person says of one.

Asking for another photo is ``participants.capture.services.retakes``.
"""

from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Case, QuerySet, Value, When

from participants.capture.models import Photo
from participants.capture.services import flags, retakes
from participants.capture.services.accepting import accept, record_photo
from participants.consent.services import consents
from participants.people.models import Participant
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused
from studies.protocol.models import Study
from studies.protocol.services import rights

# Whoever left is asked for nothing, and nothing of theirs is decided any more.
_THERE = (Participant.State.ENROLLED, Participant.State.COMPLETED)
RELATED = (
    "visit__definition",
    "visit__participant__study",
    "visit__participant__site",
    "reviewed_by",
)
# What is most likely to be said of a photo with this flag.
_LIKELY = {
    flags.REPEAT_OTHER: "other_person",
    flags.REPEAT_OWN: "repeat",
    flags.OUTSIDE_WINDOW: "other_day",
    flags.TIMES_DIFFER: "other_day",
    flags.UNDATED: "other_day",
}


@dataclass(frozen=True)
class Repeat:
    """A photo of the same bytes or pixels; ``photo`` is none where the person may not see it."""

    photo: Photo | None = None


@dataclass(frozen=True)
class Comparison:
    """A photo to look at, beside the same person's first one of its view."""

    photo: Photo
    first: Photo | None
    flags: list[str] = field(default_factory=list)
    repeats: list[Repeat] = field(default_factory=list)
    retake_possible: bool = True
    likely: str = "other_person"


def queue(*, study: Study, user: User) -> QuerySet[Photo]:
    """The photos of ``study`` that wait for ``user`` to look at, held ones first, then oldest."""
    return _waiting(study, user).order_by(
        Case(When(state=Photo.State.HELD, then=Value(0)), default=Value(1)), "received_at", "pk"
    )


def count(*, study: Study, user: User) -> int:
    """How many wait; one query."""
    return _waiting(study, user).count()


def _waiting(study: Study, user: User) -> QuerySet[Photo]:
    return Photo.objects.visible_to(user, Permission.PHOTO_REVIEW).filter(
        review=Photo.Review.WAITING,
        visit__participant__study=study,
        visit__participant__state__in=_THERE,
    )


def compare(*, photo: Photo, user: User) -> Comparison:
    """``photo`` beside the first one, with what is flagged about it in words."""
    return Comparison(
        photo=photo,
        first=first_of(photo),
        flags=[flags.FLAGS[code] for code in photo.flags if code in flags.FLAGS],
        repeats=_repeats(photo, user),
        retake_possible=retakes.can_be_retaken(photo.visit),
        likely=next((_LIKELY[code] for code in photo.flags if code in _LIKELY), "other_person"),
    )


def first_of(photo: Photo) -> Photo | None:
    """The same participant's first accepted photo of the view, by visit; none if it is this one."""
    own = Photo.objects.filter(
        visit__participant=photo.visit.participant_id,
        view=photo.view,
        state=Photo.State.ACCEPTED,
    )
    first = own.select_related(*RELATED).order_by("visit__opens_on", "received_at").first()
    return None if first == photo else first


def _repeats(photo: Photo, user: User) -> list[Repeat]:
    """Where the same picture is stored; of what the person may not see, only that it was."""
    repeats = Photo.objects.visible_to(user).filter(pk__in=flags.repeats_of(photo).values("pk"))
    seen = list(repeats.select_related(*RELATED))
    own = photo.visit.participant_id
    others = any(repeat.visit.participant_id != own for repeat in seen)
    hidden = flags.REPEAT_OTHER in photo.flags and not others
    return [*(Repeat(repeat) for repeat in seen), *([Repeat()] if hidden else [])]


def accept_photo(*, photo: Photo, by: Actor) -> Photo:
    """Say that a photo is the participant's and counts: a held one is accepted and scored.

    Raises:
        NotAllowed: ``by`` may not review photos at the participant's site.
        StateRefused: nobody is asked about it (any more), or another photo of the view counts.
        ConsentMissing: a held photo's participant has no consent in force.
    """
    participant = photo.visit.participant
    rights.require(by, Permission.PHOTO_REVIEW, study=participant.study, site=participant.site)
    with transaction.atomic():
        participant = Participant.objects.select_for_update().get(pk=participant.pk)
        photo.refresh_from_db(fields=["state", "review", "flags"])
        _require_waiting(photo)
        contents = {"flags": photo.flags} if photo.flags else {}
        if photo.state == Photo.State.HELD:
            retakes.require_no_other(photo)
            consents.require_consent(participant)
            accept(photo, by=by, new=contents, **retakes.seen(photo, by))
        else:
            Photo.objects.filter(pk=photo.pk).update(**retakes.seen(photo, by))
            record_photo(photo, "photo.confirm", by=by, new=contents)
    return photo


def turn_down(*, photo: Photo, reason_code: str, by: Actor, expected: str = "") -> Photo:
    """Ask for another photo, or exclude this one, unless somebody has looked at it already.

    Raises:
        StateRefused: nobody is asked about it any more; and whatever ``ask_retake`` refuses.
    """
    participant = photo.visit.participant
    rights.require(by, Permission.PHOTO_REVIEW, study=participant.study, site=participant.site)
    _require_waiting(photo)
    return retakes.ask_retake(photo=photo, reason_code=reason_code, by=by, expected=expected)


def _require_waiting(photo: Photo) -> None:
    if photo.review != Photo.Review.WAITING:
        raise StateRefused(
            "Somebody has looked at this photo already, or another one took its place. "
            "Nothing was changed."
        )

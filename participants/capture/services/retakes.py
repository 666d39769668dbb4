"""A person turns a photo down, and takes that back.

While another photo can be taken the participant is asked for it. Once none can (the visit is over,
or the participant or the study is done) the photo is excluded, and a visit that was complete stays
so: nobody is made to have missed a visit they kept.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participants.capture.models import Photo
from participants.capture.services import progress
from participants.capture.services.accepting import accept, others_of, record_photo
from participants.consent.services import consents
from participants.people.models import Participant
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, ReasonMissing, StateRefused
from studies.protocol.models import Study
from studies.protocol.services import rights

# What a person who turns a photo down may say; the participant reads the sentence.
RETAKE_REASONS: Mapping[str, str | Promise] = {
    "blurred": gettext_lazy("The photo is blurred. Hold the phone still and tap on your face."),
    "too_dark": gettext_lazy("The photo is too dark. Face a window or a lamp."),
    "too_bright": gettext_lazy("Parts of the photo are too bright. Step out of direct light."),
    "uneven_light": gettext_lazy("One side is in shadow. Turn so that the light comes from front."),
    "wrong_side": gettext_lazy("This shows another side of the face than was asked for."),
    "too_far": gettext_lazy("The face is too small. Come closer to the camera."),
    "covered": gettext_lazy("Something covers the face: hair, glasses, a mask or make-up."),
    "other_person": gettext_lazy("More than one person is in the photo, or it is not you."),
    "repeat": gettext_lazy("This photo was sent before. Please take a new one."),
    "other_day": gettext_lazy("This photo is of another day. Please take a new one."),
    "other": gettext_lazy("The study team needs another photo of this side."),
}
_STANDING = (Photo.State.ACCEPTED, Photo.State.HELD)


def can_be_retaken(visit: Visit) -> bool:
    """Whether another photo of ``visit`` can be taken, today or later."""
    participant = visit.participant
    return (
        participant.state == Participant.State.ENROLLED
        and participant.study.state == Study.State.ACTIVE
        and visit.state != Visit.State.CANCELLED
        and visits.today(participant) <= visit.closes_on
    )


def ask_retake(*, photo: Photo, reason_code: str, by: Actor, expected: str = "") -> Photo:
    """Turn a photo down: the participant is asked for another; where none can be, it is excluded.

    The photo and its scores stay. ``expected`` is the state that the page promised, if one did.
    Raises:
        NotAllowed: ``by`` may not review photos at the participant's site.
        Invalid: the reason is none of ``RETAKE_REASONS``.
        StateRefused: the photo is neither accepted nor held (any more), or what would become of it
            is not what the page said.
    """
    visit = photo.visit
    participant = visit.participant
    rights.require(by, Permission.PHOTO_REVIEW, study=participant.study, site=participant.site)
    message = RETAKE_REASONS.get(reason_code)
    if message is None:
        raise Invalid(_("Please choose a reason from the list. Nothing was changed."))
    if photo.state not in _STANDING:
        raise StateRefused(
            _("Only an accepted photo can be turned down; this one is %(state)s.")
            % {"state": photo.get_state_display()}
        )
    with transaction.atomic():
        # The participant first, as in every act on their photos, so that no two of them wait for
        # each other.
        Participant.objects.select_for_update().get(pk=participant.pk)
        again = can_be_retaken(visit)
        to = Photo.State.RETAKE_WANTED if again else Photo.State.EXCLUDED
        if expected and expected != to:
            raise StateRefused(
                "Whether another photo can be taken has changed since this page was opened, and "
                "with it what turning this one down means. Nothing was changed; reload the page."
            )
        before = photo.state
        photo.move(
            to,
            retake_reasons=[{"code": reason_code, "message": str(message)}],
            **seen(photo, by),
        )
        progress.note_photo(visit, by=by)
        action = "photo.ask_retake" if again else "photo.exclude"
        old, new = {"state": before}, {"state": to.value}
        record_photo(photo, action, by=by, old=old, new=new, reason=reason_code)
    return photo


def take_back(*, photo: Photo, reason: str, by: Actor) -> Photo:
    """Accept again a photo that a person turned down by mistake; its visit stands as it did.

    Raises:
        NotAllowed: ``by`` may not review photos at the participant's site.
        ReasonMissing: nobody says why.
        StateRefused: no person turned it down, or another photo of the view is accepted by now.
        ConsentMissing: no consent is in force.
    """
    participant = photo.visit.participant
    rights.require(by, Permission.PHOTO_REVIEW, study=participant.study, site=participant.site)
    if not reason.strip():
        message = "Say in a few words why this photo counts after all."
        raise ReasonMissing(message, detail={"fields": {"reason": [message]}})
    with transaction.atomic():
        participant = Participant.objects.select_for_update().get(pk=participant.pk)
        photo.refresh_from_db(fields=["state", "reviewed_by"])
        if not photo.turned_down_by_a_person:
            raise StateRefused(
                f"This photo is {photo.get_state_display()} and was not turned down by a person, "
                "so there is nothing to take back. Nothing was changed."
            )
        require_no_other(photo)
        consents.require_consent(participant)
        accept(
            photo,
            by=by,
            action="photo.take_back",
            reason=reason.strip(),
            retake_reasons=[],
            **seen(photo, by),
        )
    return photo


def require_no_other(photo: Photo) -> None:
    """Refuse where another photo of the view is accepted: two of one view never count.

    Raises:
        StateRefused: there is one.
    """
    if others_of(photo).filter(state=Photo.State.ACCEPTED).exists():
        raise StateRefused(
            "Another photo of this view has been accepted meanwhile and counts. Nothing was "
            "changed; turn that one down first if this one is to count."
        )


def seen(photo: Photo, by: Actor) -> dict[str, Any]:
    """What is kept of a person's decision on ``photo``."""
    now = timezone.now()
    decided: dict[str, Any] = {"reviewed_by_id": int(by.actor_id), "reviewed_at": now}
    return {**decided, "review": Photo.Review.DONE} if photo.review else decided

"""A photo that belongs to another participant, or that shows somebody else."""

from django.db import transaction
from django.utils.formats import date_format

from participants.capture.models import Photo
from participants.capture.services import before_consent, progress
from participants.capture.services.accepting import record_photo
from participants.capture.services.retakes import seen as decided
from participants.capture.signals import photos_erasing
from participants.consent.services import consents
from participants.correcting.services.common import begin
from participants.correcting.services.photos import require_at_rest
from participants.people.models import Participant
from participants.people.services import identity
from participants.visits.models import Visit
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.confirming import Confirmed, require_confirmed
from studies.platform.errors import StateRefused, invalid
from studies.protocol.services.rights import require

_TAKES = (Participant.State.ENROLLED, Participant.State.COMPLETED)
_COUNTS = (Photo.State.ACCEPTED, Photo.State.HELD)


def move_photo(
    *, photo: Photo, to: Visit, reason: str, by: Actor, confirmed: Confirmed = None
) -> Photo:
    """Give ``photo`` to another participant of the study, for their visit ``to``.

    Its bytes, their hash and its state stay; scores go along, as they were made from its pixels.
    Whoever did not agree to scoring gets the photo without them. Both histories tell of it, and
    both participants are counted anew.

    Raises:
        NotAllowed: ``by`` may not edit participants at both sites.
        ReasonMissing, Invalid: no reason, or no visit that it can be of.
        StateRefused: a worker is at it, the other takes no photos, never agreed, or has one.
        Unconfirmed: it was taken outside that visit's window.
    """
    owner, other = photo.visit.participant, to.participant
    with transaction.atomic():
        # Both rows, in the order of their keys, so that no two moves wait for each other.
        keys = sorted((owner.pk, other.pk))
        list(Participant.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
        owner, reason = begin(participant=owner, reason=reason, by=by)
        other = Participant.objects.select_related("study", "site").get(pk=other.pk)
        require(by, Permission.PARTICIPANT_EDIT, study=other.study, site=other.site)
        identity.refuse_names_in(reason, participant=other, field="reason")
        photo = Photo.objects.select_related("visit__definition").get(pk=photo.pk)
        photo.visit.participant = owner
        to.participant = other
        require_at_rest(photo)
        _require_fits(photo, to)
        said = require_confirmed(_doubts(photo, to), confirmed)
        former = photo.visit
        # While it is still the owner's, so that they are marked to be counted anew, too.
        photo.save(update_fields=["received_at"])
        contents = {"confirmed": said} if said else {}
        record_photo(
            photo, "photo.move_away", by=by, old={"participant": owner.code},
            new={"participant": other.code, "sha256": photo.sha256, **contents}, reason=reason,
        )  # fmt: skip
        photo.visit = to
        photo.save(update_fields=["visit"])
        record_photo(
            photo, "photo.move_here", by=by, old={"participant": owner.code},
            new={"participant": other.code, "sha256": photo.sha256, **contents}, reason=reason,
        )  # fmt: skip
        former.deviations.filter(about=str(photo.pk), over_at=None).update(
            visit=to, participant=other
        )
        for visit in (former, to):
            progress.note_photo(visit, by=by)
        scored = consents.allows_scoring(other)
    if not scored:
        photos_erasing.send(sender=Photo, photos=[str(photo.pk)])
    return photo


@transaction.atomic
def exclude_photo(*, photo: Photo, reason: str, by: Actor) -> Photo:
    """Leave ``photo`` out with its scores, whether or not another can be taken. It is kept.

    Raises:
        NotAllowed, ReasonMissing, Invalid: see ``begin``.
        StateRefused: it does not count, or the participant is erased.
    """
    participant, reason = begin(participant=photo.visit.participant, reason=reason, by=by)
    photo = Photo.objects.select_related("visit__definition").get(pk=photo.pk)
    photo.visit.participant = participant
    if photo.state not in _COUNTS:
        raise StateRefused(
            f"This photo is {photo.get_state_display()}, so it does not count as it is. Nothing "
            "was changed."
        )
    before = photo.state
    photo.move(Photo.State.EXCLUDED, retake_reasons=[], **decided(photo, by))
    record_photo(
        photo, "photo.exclude", by=by, old={"state": before}, new={"state": photo.state},
        reason=reason,
    )  # fmt: skip
    progress.note_photo(photo.visit, by=by)
    return photo


def _require_fits(photo: Photo, to: Visit) -> None:
    """Refuse where ``photo`` cannot be one of ``to``.

    Raises:
        Invalid: the same person, another study, or a view that is not asked for.
        StateRefused: no photos are kept for that visit, no consent, or one counts already.
    """
    owner, other = photo.visit.participant, to.participant
    if owner.study_id != other.study_id:
        raise invalid("Nothing was changed.", {"participant": "Choose somebody of this study."})
    if owner.pk == other.pk:
        raise invalid("Nothing was changed.", {"participant": "It is theirs already."})
    if photo.view not in to.definition.views:
        message = f"{to.definition.name} asks for no photo of this view."
        raise invalid("Nothing was changed.", {"visit": message})
    if owner.data_use != Participant.DataUse.FULL or other.data_use != Participant.DataUse.FULL:
        raise StateRefused("What was collected of one of them is locked. Nothing was changed.")
    if other.state not in _TAKES or to.state == Visit.State.CANCELLED:
        raise StateRefused(
            f"{other.code} is {other.get_state_display()} and the visit "
            f"{to.get_state_display()}: no photo is added to it. Nothing was changed."
        )
    consents.require_consent(other)
    counts = Photo.objects.filter(visit=to, view=photo.view, state=Photo.State.ACCEPTED)
    if photo.state in _COUNTS and counts.exists():
        raise StateRefused(
            f"{other.code} has an accepted photo of this view at this visit. Exclude that one "
            "first if this one is to count. Nothing was changed."
        )
    _require_after_consent(photo, to)


def _require_after_consent(photo: Photo, to: Visit) -> None:
    taken = before_consent.day_taken(photo)
    agreed = before_consent.first_consent(Photo(visit=to))
    if taken is not None and agreed is not None and taken < agreed:
        raise StateRefused(
            f"It was taken on {date_format(taken, 'j F Y')}, before {to.participant.code} had "
            f"agreed ({date_format(agreed, 'j F Y')}), so it cannot be used. Nothing was changed."
        )


def _doubts(photo: Photo, to: Visit) -> dict[str, str]:
    taken = before_consent.day_taken(photo)
    if taken is None or to.opens_on <= taken <= to.closes_on:
        return {}
    return {
        f"outside:{to.pk}": f"It was taken on {date_format(taken, 'j F Y')}, outside the window of "
        f"{to.definition.name} ({date_format(to.opens_on, 'j M')} to "
        f"{date_format(to.closes_on, 'j M Y')})."
    }

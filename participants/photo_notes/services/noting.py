"""Notes on photos: written once, struck through with a reason, never edited."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from participants.capture.models import Photo
from participants.capture.picture_regions import region_of
from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.photo_notes.models import PhotoNote
from participants.queries.services.asking import tidy_words
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused
from studies.protocol.errors import StudyClosed
from studies.protocol.models import Study
from studies.protocol.services.rights import may, refusal

# Whoever looks at photos and says something of them, to the site or of the picture.
_EITHER = (Permission.QUERY_RAISE, Permission.PHOTO_REVIEW)


def may_note(by: Actor, participant: Participant) -> bool:
    """Whether ``by`` may write notes on the photos of ``participant``."""

    def holds(permission: Permission) -> bool:
        return may(by, permission, study=participant.study, site=participant.site)

    return holds(Permission.PHOTO_VIEW) and any(holds(one) for one in _EITHER)


@transaction.atomic
def add_photo_note(
    *, photo: Photo, region: str, text: str, by: Actor, request_id: UUID
) -> PhotoNote:
    """Write ``text`` at ``region`` of ``photo``: ``x,y,width,height`` as shares of its picture.

    The same ``request_id`` again returns the note there is.

    Raises:
        NotAllowed: ``by`` may not note anything on photos at the participant's site.
        StateRefused, StudyClosed: the data are erased or locked, there is no picture, or the study
            is closed.
        WordsMissing, Invalid: no words, too many, they name the participant or an arm, or the
            region does not lie on the picture.
    """
    participant = _lock_noted(photo, by)
    there = PhotoNote.objects.filter(request_id=request_id, photo=photo).first()
    if there is not None:
        return there
    _refuse_unpictured(photo)
    _refuse_closed(participant)
    text = tidy_words(text, participant=participant, why="Write what is to be noted.")
    where = region_of(region)
    last = PhotoNote.objects.filter(photo=photo).aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            note = PhotoNote.objects.create(
                photo=photo,
                number=last + 1,
                region=where,
                text=text,
                at=timezone.now(),
                by_id=int(by.actor_id),
                request_id=request_id,
            )
    except IntegrityError as error:  # somebody else's number: a form is not shared
        raise StateRefused("This form was sent already. Reload the page.") from error
    new = {"photo": str(photo.pk), "note": note.number, "region": where, "text": text}
    record_about(participant, "photo_note.add", by=by, target=note, new=new)
    return note


@transaction.atomic
def strike_photo_note(*, note: PhotoNote, reason: str, by: Actor) -> PhotoNote:
    """Strike ``note`` through: it stays to be read, and says by whom and why.

    Raises:
        NotAllowed: ``by`` may not note anything on photos at the participant's site.
        StateRefused: it is struck through already, or the data are erased or locked.
        WordsMissing, Invalid: no reason, or one that names the participant or an arm.
    """
    participant = _lock_noted(note.photo, by)
    reason = tidy_words(
        reason, participant=participant, why="Say in a few words why it no longer holds."
    )
    now = timezone.now()
    standing = PhotoNote.objects.filter(pk=note.pk, struck_at=None)
    if not standing.update(struck_at=now, struck_by=int(by.actor_id), struck_reason=reason):
        raise StateRefused("This note is struck through already. Nothing was changed.")
    note.refresh_from_db()
    new = {"photo": str(note.photo_id), "note": note.number}
    record_about(participant, "photo_note.strike", by=by, target=note, new=new, reason=reason)
    return note


def _lock_noted(photo: Photo, by: Actor) -> Participant:
    """The photo's participant, locked, once ``by`` may note here.

    Raises:
        NotAllowed: they may not.
        StateRefused: the data are erased or locked.
    """
    rows = Participant.objects.select_for_update(of=("self",)).select_related("study", "site")
    participant: Participant = rows.get(visits__photos=photo)
    require_note(by, participant)
    if participant.state == Participant.State.ERASED or (
        participant.data_use != Participant.DataUse.FULL
    ):
        raise StateRefused(
            f"The data of {participant.code} are erased, or locked on their wish: nothing is "
            "noted any more. Nothing was changed."
        )
    return participant


def require_note(by: Actor, participant: Participant) -> None:
    """Refuse unless ``may_note``.

    Raises:
        NotAllowed: they may not.
    """
    if not may_note(by, participant):
        raise refusal(_EITHER[0], f"at site {participant.site.code}", unchanged=True)


def _refuse_unpictured(photo: Photo) -> None:
    row = Photo.objects.get(pk=photo.pk)
    if not row.upright_file or row.kept_out:
        raise StateRefused("There is no picture of this photo to note anything on.")


def _refuse_closed(participant: Participant) -> None:
    if participant.study.state == Study.State.CLOSED:
        raise StudyClosed(
            f"Study {participant.study.code} is closed, so nothing more is noted. Nothing was "
            "changed."
        )

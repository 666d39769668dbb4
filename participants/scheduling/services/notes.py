"""Notes: written once, struck through with a reason, never edited."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from participants.people.models import Participant
from participants.people.services import identity
from participants.people.services.record import record_about
from participants.scheduling.models import Note
from participants.scheduling.services.common import lock_participant, tidy_reason
from participants.visits.models import Visit
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused, invalid

LONGEST = 1000
_EDIT = Permission.PARTICIPANT_EDIT


@transaction.atomic
def add_note(
    *,
    participant: Participant,
    text: str,
    by: Actor,
    request_id: UUID,
    visit: Visit | None = None,
) -> Note:
    """Write down ``text`` about ``participant``, or about one of their visits.

    The same ``request_id`` again returns the note there is.

    Raises:
        NotAllowed: ``by`` may not edit participants at their site.
        Invalid: it is empty, too long, or names the participant.
        StateRefused: the participant is erased.
    """
    participant = lock_participant(participant, permission=_EDIT, by=by)
    _require_known(participant)
    there = Note.objects.filter(request_id=request_id, participant=participant).first()
    if there is not None:
        return there
    text = text.strip()
    if not text or len(text) > LONGEST:
        message = f"Write one to {LONGEST} characters." if text else "Write what is to be noted."
        raise invalid("Nothing was noted yet.", {"text": message})
    identity.refuse_names_in(text, participant=participant, field="text")
    try:
        with transaction.atomic():
            note = Note.objects.create(
                participant=participant,
                visit=visit,
                text=text,
                at=timezone.now(),
                by_id=int(by.actor_id),
                request_id=request_id,
            )
    except IntegrityError as error:  # somebody else's number: a form is not shared
        raise StateRefused("This form was sent already. Reload the page.") from error
    new = {"text": text, **({"visit": visit.definition.code} if visit else {})}
    record_about(participant, "note.add", by=by, target=note, new=new)
    return note


@transaction.atomic
def strike_note(*, note: Note, reason: str, by: Actor) -> Note:
    """Strike ``note`` through: it stays readable, and says by whom and why.

    Raises:
        NotAllowed: ``by`` may not edit participants at their site.
        ReasonMissing, Invalid: no reason, or one that names the participant.
        StateRefused: it is struck through already, or the participant is erased.
    """
    participant = lock_participant(note.participant, permission=_EDIT, by=by)
    _require_known(participant)
    reason = tidy_reason(
        reason, participant=participant, why="Say in a few words why it no longer holds."
    )
    now = timezone.now()
    standing = Note.objects.filter(pk=note.pk, struck_at=None)
    if not standing.update(struck_at=now, struck_by=int(by.actor_id), struck_reason=reason):
        raise StateRefused("This note is struck through already. Nothing was changed.")
    note.refresh_from_db()
    record_about(participant, "note.strike", by=by, target=note, reason=reason)
    return note


def _require_known(participant: Participant) -> None:
    if participant.state == Participant.State.ERASED:
        raise StateRefused(f"What was known of {participant.code} is erased: nothing is noted.")

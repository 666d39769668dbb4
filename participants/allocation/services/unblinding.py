"""Emergency unblinding of one participant, and annotating an allocation that was a mistake."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from participants.allocation.errors import NotUnblindable, TooManyPasswords, WrongPassword
from participants.allocation.models import (
    Allocation,
    AllocationNote,
    Unblinding,
    UnblindingNotice,
)
from participants.allocation.sealed import Given
from participants.people.models import Participant
from participants.people.services.record import record_about
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import NotAllowed, ReasonMissing
from studies.platform.work import notify_on_commit
from studies.protocol.services.rights import require
from studies.record.models import AuditEvent

TRIES, WITHIN = 5, timedelta(minutes=10)
REFUSED = "allocation.unblind_refused"
SHORTEST_REASON = 10


def unblind_participant(
    *, participant: Participant, reason: str, password: str, by: Actor
) -> Given:
    """The arm of one participant, told to ``by`` alone, who proves again who they are.

    The managers are told at once, without the arm. A wrong password is recorded, and after
    five within ten minutes no more are taken.

    Raises:
        NotAllowed: ``by`` may not unblind at the participant's site.
        TooManyPasswords, WrongPassword: as they say.
        ReasonMissing: no reason, or hardly one.
        NotUnblindable: there is no allocation.
    """
    require(by, Permission.UNBLIND, study=participant.study, site=participant.site)
    if not isinstance(by, User):
        raise NotAllowed("Only a person unblinds. Nothing was opened.")
    if len(reason.strip()) < SHORTEST_REASON:
        message = "Say in a sentence why it has to be known now. Nothing was opened."
        raise ReasonMissing(message, detail={"fields": {"reason": [message]}})
    allocation = Allocation.objects.filter(participant=participant).first()
    if allocation is None:
        raise NotUnblindable(f"{participant.code} has no allocation, so nothing is blinded.")
    _require_password(participant, password, by)
    return _open(participant, allocation, reason.strip(), by)


def _require_password(participant: Participant, password: str, by: User) -> None:
    """Outside the transaction of the unblinding: a refusal is recorded and stays so."""
    tried = AuditEvent.objects.filter(
        study_code=participant.study.code,
        action=REFUSED,
        actor_kind=by.actor_kind,
        actor_id=by.actor_id,
        at__gt=timezone.now() - WITHIN,
    )
    if tried.count() >= TRIES:
        raise TooManyPasswords(
            "Several passwords were wrong. Wait ten minutes, or use the sealed envelopes of the "
            "pharmacy. Nothing was opened."
        )
    if not by.check_password(password):
        with transaction.atomic():
            record_about(participant, REFUSED, by=by)
        message = "This is not your password. Nothing was opened."
        raise WrongPassword(message, detail={"fields": {"password": [message]}})


@transaction.atomic
def _open(participant: Participant, allocation: Allocation, reason: str, by: User) -> Given:
    row = Unblinding.objects.create(
        participant=participant, by=by, at=timezone.now(), reason=reason
    )
    record_about(participant, "allocation.unblind", by=by, target=row, reason=reason)
    notify_on_commit(UnblindingNotice.objects.create(unblinding=row))
    return allocation.opened()


@transaction.atomic
def annotate_allocation(*, participant: Participant, text: str, by: Actor) -> AllocationNote:
    """Write down that an allocation was a mistake. It stays given, and its place taken.

    Raises:
        NotAllowed: ``by`` does not randomise at the participant's site.
        ReasonMissing: nothing was written.
        NotUnblindable: there is no allocation.
    """
    require(by, Permission.RANDOMISE, study=participant.study, site=participant.site)
    if not text.strip():
        message = "Write what was wrong, without naming an arm."
        raise ReasonMissing(message, detail={"fields": {"text": [message]}})
    allocation = Allocation.objects.filter(participant=participant).first()
    if allocation is None or not isinstance(by, User):
        raise NotUnblindable(f"{participant.code} has no allocation to annotate.")
    note = AllocationNote.objects.create(
        allocation=allocation, text=text.strip(), by=by, at=timezone.now()
    )
    record_about(participant, "allocation.annotate", by=by, target=note, reason=note.text)
    return note

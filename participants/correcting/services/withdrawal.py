"""Taking back a withdrawal that was a clerical error."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from participants.amending.services.carrying import follow_site
from participants.capture.models import PhotoCheck
from participants.consent.models import Consent
from participants.correcting.services.common import begin
from participants.people.models import Participant, Screening
from participants.people.services.record import record_about
from participants.privacy.models import DataRequest, RequestWork
from participants.privacy.services.withdrawal import STOPPED
from participants.visits import services as visits
from participants.visits.models import Visit
from participants.visits.signals import plans_changed
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused
from studies.platform.work import WorkState, notify_on_commit
from studies.protocol.services.rights import require
from studies.record.models import AuditEvent

State = Participant.State
_ENDING = (DataRequest.Kind.STOP, DataRequest.Kind.STOP_KEEP, DataRequest.Kind.ERASE)


@transaction.atomic
def undo_withdrawal(*, participant: Participant, reason: str, by: Actor) -> Participant:
    """Put ``participant`` back to where they stood: nobody withdrew, somebody pressed wrongly.

    The consent holds again, cancelled visits stand as their days say, and photos that were taken
    out of the queue are checked. Links that stopped stay stopped: a new one has to be made. Uploads
    that were removed are sent again by the phone. Visits that have not opened follow the version of
    the protocol that the site follows by now.

    Raises:
        NotAllowed: ``by`` may not edit participants and record consent at the site.
        ReasonMissing, Invalid: see ``begin``.
        StateRefused: not withdrawn, the participant withdrew in person, or an erasure is asked for.
    """
    participant, reason = begin(participant=participant, reason=reason, by=by)
    require(by, Permission.CONSENT_RECORD, study=participant.study, site=participant.site)
    if participant.state != State.WITHDRAWN:
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()}, so there is no withdrawal "
            "to take back. Nothing was changed."
        )
    withdrawn = AuditEvent.objects.filter(
        chain=participant.study.code,
        participant_code=participant.code,
        action="participant.withdraw",
    ).latest("sequence")
    asked = participant.data_requests.filter(kind__in=_ENDING)
    if withdrawn.actor_kind == "participant" or asked.filter(requested_by=None).exists():
        raise StateRefused(
            f"{participant.code} withdrew in person, so this is no clerical error. Whoever returns "
            "is screened and gives consent anew. Nothing was changed."
        )
    _require_not_erasing(participant)
    contents_before = withdrawn.contents.old or {}
    before, ended = _state_before(participant, contents_before.get("state")), participant.ended_at
    participant.move(before, ended_at=None, data_use=Participant.DataUse.FULL)
    for consent in participant.consents.filter(state=Consent.State.WITHDRAWN, withdrawn_at=ended):
        consent.move(Consent.State.GIVEN, withdrawn_at=None, withdrawal_reason="")
    _close_requests(participant, by)
    restored = _visits_again(participant, by=by, reason=reason)
    checks = _check_again(participant)
    record_about(
        participant,
        "participant.undo_withdrawal",
        by=by,
        old={"state": State.WITHDRAWN.value},
        new={"state": before, "visits_again": restored, "checks_again": checks},
        reason=reason,
    )
    follow_site(participant=participant, by=by)
    plans_changed.send(sender=Visit, participant=participant)
    return participant


def _state_before(participant: Participant, told: object) -> str:
    """Where they stood, by today's states: who was *screened* is eligible, or failed, by then."""
    if told in State.values:
        return str(told)
    screening = Screening.objects.filter(participant=participant).order_by("pk").last()
    if participant.enrolled_on is not None:
        return State.ENROLLED
    if screening is None:
        return State.SCREENING
    return State.ELIGIBLE if screening.eligible else State.SCREEN_FAILURE


def _require_not_erasing(participant: Participant) -> None:
    """Refuse while an erasure waits, and for ever once it began.

    Raises:
        StateRefused: with what to do.
    """
    asked = DataRequest.objects.filter(
        participant=participant, kind=DataRequest.Kind.ERASE, state=DataRequest.State.OPEN
    )
    if not asked.exists():
        return
    waiting = RequestWork.objects.filter(
        request__in=asked, state=WorkState.QUEUED, step=""
    ).exists()
    if waiting:
        raise StateRefused(
            "Their data are to be erased: take that back first, on the page of requests. Nothing "
            "was changed."
        )
    raise StateRefused(
        "The erasure of their data has begun, so the withdrawal stays. Nothing was changed."
    )


def _close_requests(participant: Participant, by: Actor) -> None:
    """Stopping was carried out, and is undone here: nothing is left to prove that all stopped."""
    for request in participant.data_requests.open().filter(kind__in=_ENDING):
        RequestWork.objects.filter(request=request).delete()
        request.move(
            DataRequest.State.CARRIED_OUT, settled_at=timezone.now(), settled_by_id=int(by.actor_id)
        )


def _visits_again(participant: Participant, *, by: Actor, reason: str) -> int:
    today = visits.today(participant)
    # What an amendment has taken out since stays out, and what somebody called off.
    cancelled = participant.visits.filter(state=Visit.State.CANCELLED, called_off=False)
    rows = cancelled.exclude(definition__last_version__lt=F("protocol_version")).select_related(
        "definition"
    )
    taken_back = list(rows.order_by("pk").select_for_update(of=("self",)))
    for visit in taken_back:
        visit.participant = participant
        begun = visit.started_at is not None
        again = Visit.State.IN_PROGRESS if begun else Visit.State.SCHEDULED
        as_of = Visit(state=again, opens_on=visit.opens_on, closes_on=visit.closes_on)
        visits.move_visit(visit, as_of.standing_on(today), by=by, reason=reason)
    return len(taken_back)


def _check_again(participant: Participant) -> int:
    """Have photos checked that were taken out of the queue."""
    stopped = PhotoCheck.objects.filter(
        photo__visit__participant=participant,
        state=WorkState.QUARANTINED,
        last_error=STOPPED,
    )
    for check in stopped:
        PhotoCheck.objects.filter(pk=check.pk).update(
            state=WorkState.QUEUED, attempts=0, last_error="", finished_at=None, notified_at=None
        )
        check.refresh_from_db()
        notify_on_commit(check)
    return len(stopped)

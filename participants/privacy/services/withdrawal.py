"""The end of taking part: collection stops at once; its data stay in use or are restricted.

Erasing it is ``participants.privacy.services.erasure``, asked for in ``data_requests``.
"""

from django.db import transaction
from django.utils import timezone

from participants.capture.models import PhotoCheck, Upload
from participants.capture.upload_files import path_of
from participants.consent.models import Consent
from participants.people.models import Participant
from participants.people.services import identity, invitations
from participants.people.services.record import record_about
from participants.people.services.self_service import require_self_or
from participants.people.signals import participant_restricted
from participants.visits import services as visits
from studies.access.permissions import Permission
from studies.platform.actors import Actor, System
from studies.platform.errors import invalid
from studies.platform.work import WorkState

STOPPED = "The participant withdrew: the photo is kept as it arrived and is not checked or scored."


@transaction.atomic
def withdraw(
    *,
    participant: Participant,
    reason: str,
    by: Actor,
    data_use: Participant.DataUse = Participant.DataUse.FULL,
    stop_links: bool = True,
) -> Participant:
    """End ``participant``'s taking part and consent; everything not yet done is stopped.

    Future visits are cancelled, links stopped, unfinished uploads removed with their bytes, and
    photo checks still waiting or under way can no longer end in an accepted photo. Scoring asks
    ``consents.allows_scoring`` before it starts and finds no consent. Photos and scores collected
    until now are kept: they were collected under the consent then in force. With ``data_use`` full
    they stay in the study; restricted, nobody scores, shows to researchers or exports them.

    A link that is not stopped opens nothing but the participant's page about their data.

    Raises:
        NotAllowed: ``by`` neither records consent at the site nor is the participant.
        Invalid: no reason, or one that names the participant.
        StateRefused: already withdrawn or erased.
    """
    if not isinstance(by, System):
        require_self_or(Permission.CONSENT_RECORD, by=by, participant=participant)
    reason = " ".join(reason.split())
    if not reason:
        raise invalid(
            "Say why taking part ends; “no reason given” is a reason. Nothing was changed.",
            {"reason": "Enter a reason."},
        )
    identity.refuse_names_in(reason, participant=participant, field="reason")
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    before, now = participant.state, timezone.now()
    participant.move(Participant.State.WITHDRAWN, ended_at=now, data_use=data_use)
    for consent in participant.consents.in_force():
        consent.move(Consent.State.WITHDRAWN, withdrawn_at=now, withdrawal_reason=reason)
    stopped = {
        "visits_cancelled": visits.cancel_waiting(participant=participant, by=by, reason=reason),
        "links_stopped": (
            invitations.revoke_all(participant=participant, by=by, reason=reason)
            if stop_links
            else 0
        ),
        "uploads_removed": _remove_uploads(participant),
        "checks_stopped": _stop_checks(participant),
    }
    record_about(
        participant,
        "participant.withdraw",
        by=by,
        old={"state": before},
        new={"state": participant.state, "use": participant.data_use, **stopped},
        reason=reason,
    )
    if data_use == Participant.DataUse.RESTRICTED:
        participant_restricted.send(sender=Participant, participant=participant)
    return participant


@transaction.atomic
def restrict(*, participant: Participant, reason: str, by: Actor) -> Participant:
    """Restrict what was collected from someone who has withdrawn; again nothing changes.

    For services that have checked the right to.
    """
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    if participant.data_use == Participant.DataUse.RESTRICTED:
        return participant
    participant.data_use = Participant.DataUse.RESTRICTED
    participant.save(update_fields=["data_use"])
    record_about(
        participant,
        "participant.lock",
        by=by,
        old={"use": Participant.DataUse.FULL.value},
        new={"use": participant.data_use},
        reason=reason,
    )
    participant_restricted.send(sender=Participant, participant=participant)
    return participant


def _remove_uploads(participant: Participant) -> int:
    """Remove unfinished uploads: the rows now, the bytes once that is committed."""
    uploads = Upload.objects.filter(visit__participant=participant)
    paths = [path_of(upload.pk) for upload in uploads]
    uploads.delete()

    def remove_bytes() -> None:
        for path in paths:
            path.unlink(missing_ok=True)

    transaction.on_commit(remove_bytes, robust=True)
    return len(paths)


def _stop_checks(participant: Participant) -> int:
    """Take photo checks out of the queue; one that is running can no longer complete."""
    checks = PhotoCheck.objects.filter(
        photo__visit__participant=participant, state__in=[WorkState.QUEUED, WorkState.RUNNING]
    )
    return checks.update(
        state=WorkState.QUARANTINED,
        lease_until=None,
        finished_at=timezone.now(),
        last_error=STOPPED,
    )

"""Verifying fields against the source, and taking that back."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.scheduling.services.common import lock_participant, tidy_reason
from participants.verification.errors import NotToVerify, PartUnknown
from participants.verification.models import Tick
from participants.verification.services.reading import rows_of
from participants.verification.services.standing import (
    Checked,
    Standing,
    Verifiable,
    plan_of,
    verifiables,
)
from participants.visits.models import Visit
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import invalid
from studies.platform.seen import Seen
from studies.record.unchanged import require_unchanged

VERIFIED, TAKEN_BACK = "source.verify", "source.take_back"


def verifiable(participant: Participant, key: str) -> Verifiable:
    """The part ``key`` of ``participant`` with its ticks.

    Raises:
        NotToVerify: the participant's data are locked or erased.
        PartUnknown: there is no such part, or nothing in it yet.
    """
    if participant.data_use != Participant.DataUse.FULL:
        raise NotToVerify(
            f"The data of {participant.code} are locked or erased, so nothing of them is shown or "
            "verified. What was verified stays in the audit trail."
        )
    rows, plan = rows_of([participant]), plan_of(participant.study)
    for one in verifiables(participant, rows, plan):
        if one.part.key == key:
            return one
    raise PartUnknown(
        f"There is nothing of {participant.code} to verify here: the visit has not begun, or the "
        "form was not submitted."
    )


def visit_standing(visit: Visit) -> Verifiable | None:
    """How far ``visit`` is verified; none where it has not begun, or is locked."""
    try:
        return verifiable(visit.participant, f"visit.{visit.definition.code}")
    except (NotToVerify, PartUnknown):
        return None


def versions_of(fields: Collection[Checked]) -> dict[str, str]:
    """Field → version, as a form carries what its page showed."""
    return {one.key: one.field.version if one.field else "gone" for one in fields}


@transaction.atomic
def verify_fields(
    *,
    participant: Participant,
    part: str,
    by: Actor,
    fields: Collection[str] | None = None,
    seen: Seen | None = None,
) -> list[Tick]:
    """Say that ``fields`` of a part agree with their source; ``None``: all that are not verified.

    What is verified already, unchanged, stays as it is; over a change the old tick ends.

    Raises:
        NotAllowed: ``by`` may not verify at the participant's site.
        NotToVerify, PartUnknown: as they say.
        Invalid: nothing is chosen, or a field that is not there.
        ChangedMeanwhile: a field has another value than ``seen``.
    """
    participant = lock_participant(participant, permission=Permission.SOURCE_VERIFY, by=by)
    there = {one.key: one for one in verifiable(participant, part).fields if one.field}
    wanted = list(there) if fields is None else list(dict.fromkeys(fields))
    if not wanted:
        raise invalid("Nothing was verified yet.", {"fields": "Tick one field at least."})
    if unknown := [key for key in wanted if key not in there]:
        raise invalid("Nothing was verified.", {"fields": f"Not there any more: {unknown[0]}."})
    chosen = [there[key] for key in wanted]
    require_unchanged(
        seen,
        versions_of(chosen),
        study=participant.study.code,
        actions=[],
        participant=participant.code,
    )
    renewed = [one for one in chosen if one.tick is not None and one.standing == Standing.CHANGED]
    new = [one for one in chosen if one.tick is None] + renewed
    if not new:
        return []
    now, person = timezone.now(), int(by.actor_id)
    _end([one.tick.pk for one in renewed if one.tick], by=person)
    made = Tick.objects.bulk_create(
        Tick(
            participant=participant,
            part=part,
            field=one.key,
            version=one.field.version,
            by_id=person,
            at=now,
        )
        for one in new
        if one.field is not None
    )
    record_about(
        participant,
        VERIFIED,
        by=by,
        new={
            "part": part,
            "fields": [one.key for one in new],
            **({"changed_before": [one.key for one in renewed]} if renewed else {}),
        },
    )
    return made


@transaction.atomic
def take_back(
    *,
    participant: Participant,
    part: str,
    fields: Collection[str],
    reason: str,
    by: Actor,
    seen: Seen | None = None,
) -> list[Tick]:
    """Say that ``fields`` are not verified after all, and why; the ticks stay, ended.

    Raises:
        NotAllowed: ``by`` may not verify at the participant's site.
        Invalid, ReasonMissing: nothing is chosen that is verified, or no reason that will do.
        ChangedMeanwhile: somebody verified or took back one of them since ``seen``.
    """
    participant = lock_participant(participant, permission=Permission.SOURCE_VERIFY, by=by)
    standing = Tick.objects.standing().filter(participant=participant, part=part)
    there = {tick.field: tick for tick in standing}
    wanted = list(dict.fromkeys(fields))
    current = {f"tick:{key}": there[key].pk if key in there else None for key in wanted}
    require_unchanged(
        seen,
        current,
        study=participant.study.code,
        actions=[VERIFIED, TAKEN_BACK],
        participant=participant.code,
    )
    if not wanted or any(key not in there for key in wanted):
        message = "Choose at least one field that is verified."
        raise invalid("Nothing was taken back.", {"fields": message})
    reason = tidy_reason(
        reason, participant=participant, why="Say in a few words why it is not verified after all."
    )
    chosen = [there[key] for key in wanted]
    _end([tick.pk for tick in chosen], by=int(by.actor_id), reason=reason)
    record_about(
        participant, TAKEN_BACK, by=by, old={"part": part, "fields": wanted}, reason=reason
    )
    return chosen


def _end(keys: list[int], *, by: int, reason: str = "") -> None:
    Tick.objects.standing().filter(pk__in=keys).update(
        ended_at=timezone.now(), ended_by=by, ended_reason=reason
    )

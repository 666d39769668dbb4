"""A form as staff fills it in on a page: evaluated by the engine with every change."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from participants.answers.models import Submission
from participants.answers.services.contents import content_of, draft_of
from participants.answers.services.filled import Filled
from participants.answers.services.slots import Slot
from studies.instruments.answers import typed
from studies.instruments.showing import Shown, show_answers

Values = tuple[dict[str, str], set[str]]


def kept_values(slot: Slot) -> Values | None:
    """What a page begins with: the draft, else the newest answers; ``None``: an empty form."""
    row = slot.submission
    if row is None:
        return None
    draft = draft_of(row) if row.state == Submission.State.DRAFT else None
    if draft is not None:
        return dict(draft.values), set(draft.repeats)
    if not row.revisions.exists():
        return None
    answers = content_of(row.latest, row.participant).answers
    return typed(row.version.form, answers)


def shown_form(
    slot: Slot,
    values: Mapping[str, str] | None,
    repeats: Collection[str],
    *,
    language: str,
    told: bool,
    at: datetime | None = None,
) -> Shown:
    """The form with ``values`` as it stands now, in the zone of the participant's site.

    Raises:
        FormUnreadable, EngineFailed: as their messages say.
    """
    zone = slot.participant.zone
    return show_answers(
        slot.version,
        values,
        repeats,
        language=language,
        at=at or timezone.now().astimezone(zone),
        zone=str(zone),
        told=told,
    )


def filled_from(slot: Slot, shown: Shown, *, request_id: UUID, at: datetime) -> Filled:
    """What a page submits: the form as the engine keeps it, finished ``at`` by our own clock."""
    return Filled(
        request_id=request_id,
        version=slot.version.number,
        xml=shown.xml,
        begun_at=slot.submission.begun_at if slot.submission else at,
        finished_at=at,
        sent_at=timezone.now(),
        zone=str(slot.participant.zone),
    )


def new_request() -> UUID:
    """A number for one sending."""
    return uuid.uuid4()

"""A study's settings of reminders: which, when, through what."""

from datetime import time
from typing import Any

from django.db import transaction

from studies.platform.actors import Actor
from studies.platform.errors import Invalid
from studies.platform.seen import Seen
from studies.platform.text import tidy
from studies.protocol.models import ReminderSettings, Study
from studies.protocol.models.reminders import CHANNELS, KINDS
from studies.protocol.services.changes import (
    differing,
    require_edit,
    require_reason,
    validate,
    values_of,
)
from studies.protocol.signals import reminders_changed
from studies.record import services as audit
from studies.record.unchanged import require_unchanged


def settings_of(study: Study) -> ReminderSettings:
    """The settings of ``study``, or the defaults where it has none yet; nothing is saved."""
    return ReminderSettings.objects.filter(study=study).first() or ReminderSettings(study=study)


def form_values(row: ReminderSettings) -> dict[str, Any]:
    """The settings as their form shows them: ways sorted, and which is tried first."""
    values = values_of(row)
    return {**values, "channels": sorted(row.channels), "first": [*row.channels, ""][0]}


def shown_settings(study: Study) -> dict[str, Any]:
    """The settings with the names of kinds and channels, as the protocol page shows them."""
    row = settings_of(study)
    return {
        "row": row,
        "kinds": [KINDS[kind] for kind in row.kinds],
        "channels": [CHANNELS[name] for name in row.channels],
    }


@transaction.atomic
def edit_reminders(
    *, study: Study, by: Actor, reason: str = "", seen: Seen | None = None, **values: Any
) -> ReminderSettings:
    """Change when and how participants are reminded; messages that wait are planned anew.

    Raises:
        NotAllowed, StudyClosed, ReasonMissing, ChangedMeanwhile: as their messages say.
        Invalid: an unknown kind or channel, one named twice, or a number out of range.
    """
    require_edit(by, study)
    row = settings_of(Study.objects.select_for_update().get(pk=study.pk))
    action = "study.edit_reminders"
    require_unchanged(seen, form_values(row), study=study.code, actions=[action], target=study)
    values = {name: tidy(value) for name, value in values.items()}
    changed = differing(row, values)
    if not changed:
        return row
    require_reason(study, reason)
    old = values_of(row)
    for name in changed:
        setattr(row, name, values[name])
    _check(row)
    row.save()
    new = values_of(row)
    audit.record(
        by=by,
        action=action,
        target=study,
        study=study.code,
        old={name: _shown(old[name]) for name in changed},
        new={name: _shown(new[name]) for name in changed},
        reason=reason,
    )
    reminders_changed.send(sender=ReminderSettings, study=study)
    return row


def _check(row: ReminderSettings) -> None:
    if row.quiet_from == row.quiet_until:
        message = "Quiet hours from and until the same time are none, or all day: choose two times."
        raise Invalid(message, detail={"fields": {"quiet_until": [message]}})
    for name, known in (("kinds", KINDS), ("channels", CHANNELS)):
        chosen = getattr(row, name)
        if len(set(chosen)) != len(chosen) or not set(chosen) <= set(known):
            message = "Choose from the list, each once."
            raise Invalid(message, detail={"fields": {name: [message]}})
    validate(row)


def _shown(value: Any) -> Any:
    return value.isoformat("minutes") if isinstance(value, time) else value

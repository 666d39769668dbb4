"""Writing the audit trail about one participant."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from participants.people.models import Participant
from studies.platform.actors import Actor
from studies.record import services as audit


def record_about(
    participant: Participant,
    action: str,
    *,
    by: Actor,
    target: models.Model | None = None,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """One event in the study's chain, with the participant's site and code; never an identity."""
    audit.record(
        by=by,
        action=action,
        target=target if target is not None else participant,
        study=participant.study.code,
        site=participant.site.code,
        participant=participant.code,
        old=old,
        new=new,
        reason=reason,
    )

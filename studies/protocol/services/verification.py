"""The plan of source verification: what monitors compare with the source, and of whom."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from studies.platform.actors import Actor
from studies.platform.errors import invalid
from studies.platform.seen import Seen
from studies.protocol.models import Study
from studies.protocol.models.verified import ALL
from studies.protocol.services.changes import change_row, require_edit

ACTION = "study.plan_verification"


@transaction.atomic
def set_verification_plan(
    *,
    study: Study,
    fields: Sequence[str],
    first: int | None = None,
    by: Actor,
    reason: str = "",
    seen: Seen | None = None,
) -> Study:
    """Ask for ``fields`` (``verified.ALL``: everything; none: no plan) of the ``first`` so many.

    ``first`` counts those enrolled at each site, the earliest first; ``None``: everybody.

    Raises:
        NotAllowed, StudyClosed, ReasonMissing, ChangedMeanwhile, Invalid: as their messages say.
    """
    require_edit(by, study)
    if first is not None and first < 1:
        message = "Enter 1 or more, or leave it empty for everybody."
        raise invalid("Nothing was changed yet.", {"verify_first": message})
    named = [ALL] if ALL in fields else sorted(set(fields))
    values: dict[str, Any] = {"verify_fields": named, "verify_first": first if named else None}
    return change_row(study, values, action=ACTION, study=study, by=by, reason=reason, seen=seen)

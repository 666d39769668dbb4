"""The screening checklist. Answers keep the words they were given to, so words may change."""

from typing import Any

from studies.platform.actors import Actor
from studies.protocol.models import EligibilityCriterion
from studies.protocol.services.parts import Part, Values


def _comes_last(line: EligibilityCriterion, values: Values) -> None:
    """Of its kind, unless it was given an ``order``."""
    if "order" not in values:
        line.order = line.study.criteria.filter(kind=line.kind).count()


CRITERIA = Part(EligibilityCriterion, "criterion", adding=_comes_last)
add_criterion = CRITERIA.add


def edit_criterion(
    *, criterion: EligibilityCriterion, by: Actor, reason: str = "", **values: Any
) -> EligibilityCriterion:
    """Change a line for those screened from now on."""
    return CRITERIA.edit(criterion, by=by, reason=reason, **values)


def remove_criterion(*, criterion: EligibilityCriterion, by: Actor, reason: str = "") -> None:
    """Take away a line for those screened from now on."""
    CRITERIA.remove(criterion, by=by, reason=reason)

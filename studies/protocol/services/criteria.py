"""The screening checklist. Answers keep the words they were given to, so words may change."""

from typing import Any

from studies.platform.actors import Actor
from studies.protocol.models import EligibilityCriterion, Study
from studies.protocol.services.changes import add_row, change_row, remove_row, require_edit


def add_criterion(
    *, study: Study, by: Actor, reason: str = "", **values: Any
) -> EligibilityCriterion:
    """Add a line; without an ``order`` it comes last of its kind.

    Raises:
        NotAllowed, StudyClosed, Invalid: as their messages say.
    """
    require_edit(by, study)
    if "order" not in values:
        values["order"] = study.criteria.filter(kind=values.get("kind")).count()
    row = EligibilityCriterion(study=study, **values)
    return add_row(row, action="criterion.add", study=study, by=by, reason=reason)


def edit_criterion(
    *, criterion: EligibilityCriterion, by: Actor, reason: str = "", **values: Any
) -> EligibilityCriterion:
    """Change a line for those screened from now on.

    Raises:
        NotAllowed, StudyClosed, ReasonMissing, Invalid: as their messages say.
    """
    study = criterion.study
    require_edit(by, study)
    return change_row(criterion, values, action="criterion.edit", study=study, by=by, reason=reason)


def remove_criterion(*, criterion: EligibilityCriterion, by: Actor, reason: str = "") -> None:
    """Take away a line for those screened from now on.

    Raises:
        NotAllowed, StudyClosed, ReasonMissing: as their messages say.
    """
    study = criterion.study
    require_edit(by, study)
    remove_row(criterion, action="criterion.remove", study=study, by=by, reason=reason)

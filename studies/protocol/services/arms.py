"""Groups of participants treated alike."""

from typing import Any

from studies.platform.actors import Actor
from studies.protocol.errors import ScheduleFixed
from studies.protocol.models import Arm, Study
from studies.protocol.services.changes import add_row, change_row, remove_row, require_edit


def add_arm(*, study: Study, by: Actor, reason: str = "", **values: Any) -> Arm:
    """Add an arm.

    Raises:
        NotAllowed, StudyClosed, Invalid: as their messages say.
    """
    require_edit(by, study)
    row = Arm(study=study, **values)
    return add_row(row, action="arm.add", study=study, by=by, reason=reason)


def edit_arm(*, arm: Arm, by: Actor, reason: str = "", **values: Any) -> Arm:
    """Change an arm's name; its code too, until participants have codes.

    Raises:
        NotAllowed, StudyClosed, ReasonMissing, Invalid: as their messages say.
        ScheduleFixed: the code, once a participant has a code (exports name the arm by it).
    """
    require_edit(by, arm.study)
    current = Arm.objects.get(pk=arm.pk)
    if values.get("code", current.code) != current.code and arm.study.has_participants():
        raise ScheduleFixed(
            f"Exports name arm {current.code} by its code already. Nothing was changed; "
            "its name can be worded better."
        )
    return change_row(arm, values, action="arm.edit", study=arm.study, by=by, reason=reason)


def remove_arm(*, arm: Arm, by: Actor, reason: str = "") -> None:
    """Take away an arm before anyone takes part.

    Raises:
        ScheduleFixed: a participant has a code.
    """
    require_edit(by, arm.study)
    if arm.study.has_participants():
        raise ScheduleFixed(
            "Participants were given codes already, so arms stay. Nothing was changed."
        )
    remove_row(arm, action="arm.remove", study=arm.study, by=by, reason=reason)

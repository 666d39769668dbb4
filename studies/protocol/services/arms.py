"""Groups of participants treated alike."""

from typing import Any

from studies.platform.actors import Actor
from studies.protocol.errors import ScheduleFixed
from studies.protocol.models import Arm
from studies.protocol.services.parts import Part, Values


def _keeps_its_code(arm: Arm, values: Values) -> None:
    if values.get("code", arm.code) != arm.code and arm.study.has_participants():
        raise ScheduleFixed(
            f"Exports name arm {arm.code} by its code already. Nothing was changed; "
            "its name can be worded better."
        )


def _stays(arm: Arm) -> None:
    if arm.study.has_participants():
        raise ScheduleFixed(
            "Participants were given codes already, so arms stay. Nothing was changed."
        )


ARMS = Part(Arm, "arm", changing=_keeps_its_code, removing=_stays)
add_arm = ARMS.add


def edit_arm(*, arm: Arm, by: Actor, reason: str = "", **values: Any) -> Arm:
    """Change an arm's name; its code too, until a participant has one (``ScheduleFixed``)."""
    return ARMS.edit(arm, by=by, reason=reason, **values)


def remove_arm(*, arm: Arm, by: Actor, reason: str = "") -> None:
    """Take away an arm before anyone takes part (``ScheduleFixed``)."""
    ARMS.remove(arm, by=by, reason=reason)

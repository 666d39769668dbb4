"""What answers are to the study, and what a form must ask to be that.

The names are those of the forms the product ships (``studies/instruments/shipped.py``); another
form takes the role of adverse events if it asks the same under the same names.
"""

from collections.abc import Mapping
from typing import Final

from studies.assignments.models import Assignment
from studies.platform.errors import invalid

# The question whose answer “yes” makes an adverse event a serious one.
SERIOUS: Final = "serious"
YES: Final = "yes"
KNOWN_SINCE: Final = "known_since"  # a form need not ask it

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    Assignment.Role.ADVERSE_EVENT: ("severity", SERIOUS, "causality", "outcome"),
}


def require_role(row: Assignment) -> None:
    """Refuse a form that cannot be what ``row.role`` says.

    Raises:
        Invalid: a question is missing, or it is not asked as needed.
    """
    needed = NEEDED.get(row.role, ())
    if not needed:
        return
    if row.timing != Assignment.Timing.AS_NEEDED:
        raise invalid(
            "Nothing was saved yet.",
            {"timing": "Adverse events are entered as needed: nobody knows their day beforehand."},
        )
    form = row.instrument.versions.get(state="published").form
    names = {item.name for item in form.questions}
    missing = [name for name in needed if name not in names]
    if missing:
        raise invalid(
            "Nothing was saved yet.",
            {"role": f"A form of adverse events asks “{missing[0]}”; this one does not."},
        )

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


# The role of each form that ships, by its id.
SHIPPED_ROLES: Final[Mapping[str, str]] = {
    "adverse_event": Assignment.Role.ADVERSE_EVENT,
    "concomitant_medication": Assignment.Role.MEDICATION,
    "deviation": Assignment.Role.DEVIATION,
}


def suggested(code: str) -> dict[str, str]:
    """How a form with this code is usually asked, to begin a page with; empty for any other."""
    if code not in SHIPPED_ROLES:
        return {}
    return {
        "timing": Assignment.Timing.AS_NEEDED,
        "filled_by": Assignment.FilledBy.STAFF,
        "role": SHIPPED_ROLES[code],
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

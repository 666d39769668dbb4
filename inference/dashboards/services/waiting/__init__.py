"""What waits for a person in a study: one list of kinds, for the overview's card and for Today."""

from inference.dashboards.services.waiting.asked import Asked
from inference.dashboards.services.waiting.groups import (
    Group,
    Line,
    all_rows,
    coming,
    described,
    groups,
    kind_of,
    waiting,
)
from inference.dashboards.services.waiting.kinds import FAILED, KINDS, Kind

__all__ = [
    "FAILED",
    "KINDS",
    "Asked",
    "Group",
    "Kind",
    "Line",
    "all_rows",
    "coming",
    "described",
    "groups",
    "kind_of",
    "waiting",
]

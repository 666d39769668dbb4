"""Refusals of visits."""

from studies.platform.errors import StateRefused


class VisitNotOpen(StateRefused):
    """Photos of this visit are not taken on this day."""

    code = "visit_not_open"
    title = "This visit is not open today"

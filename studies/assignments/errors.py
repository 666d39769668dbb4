"""Refusals about assignments."""

from studies.platform.errors import StateRefused


class AssignmentFixed(StateRefused):
    """Answers were given to it, so what it is stays as it is."""

    code = "assignment_fixed"
    title = "This is answered already"

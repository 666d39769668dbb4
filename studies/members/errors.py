"""Refusals about the people of a study."""

from studies.platform.errors import StateRefused


class LastManager(StateRefused):
    """Without a manager nobody could give anyone a role in the study again."""

    code = "last_manager"
    title = "A study needs a manager"


class RolesContradict(StateRefused):
    """One person would be blind and see arm or scores, or judge their own readings."""

    code = "roles_contradict"
    title = "These roles contradict"

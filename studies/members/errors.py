"""Refusals about the people of a study."""

from studies.platform.errors import StateRefused


class LastManager(StateRefused):
    """Without a manager nobody could give anyone a role in the study again."""

    code = "last_manager"
    title = "A study needs a manager"

"""Refusals about randomisation."""

from studies.platform.errors import Invalid, StateRefused


class ListUnreadable(Invalid):
    """An allocation list as a whole cannot be read; nothing was kept."""

    code = "allocation_list_unreadable"
    title = "This list cannot be read"


class ListWrong(Invalid):
    """Lines of an allocation list are wrong, or strata are missing; nothing was kept."""

    code = "allocation_list_wrong"
    title = "This list was not taken"


class SchemeFixed(StateRefused):
    """A scheme in force does not change: participants were given their arms by it."""

    code = "scheme_fixed"
    title = "The randomisation stays as it is"


class ListSealed(StateRefused):
    """The list is shown once nobody can be randomised by it any more."""

    code = "allocation_list_sealed"
    title = "The list is sealed"

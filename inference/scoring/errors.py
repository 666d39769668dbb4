"""Refusals of scoring."""

from studies.platform.errors import StateRefused


class AlreadyActive(StateRefused):
    """The study uses the package already."""

    code = "already_active"
    title = "This model is active already"


class NotActive(StateRefused):
    """The study does not use the package (any more)."""

    code = "not_active"
    title = "This model is not active"


class AlreadyPrimary(StateRefused):
    """The package is the study's primary already."""

    code = "already_primary"
    title = "This model is the primary already"


class RescoreEnded(StateRefused):
    """Scoring again is done or was stopped: there is nothing to stop."""

    code = "rescore_ended"
    title = "This is over already"

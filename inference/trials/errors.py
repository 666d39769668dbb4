"""Refusals of trials."""

from studies.platform.errors import StateRefused


class TrialRefused(StateRefused):
    """The package is not tried on this photo; the message says why."""

    code = "trial_refused"
    title = "This cannot be tried now"

"""Refusals of the work page."""

from studies.platform.errors import StateRefused


class NotQuarantined(StateRefused):
    """Only work in quarantine can be tried again by hand."""

    code = "not_quarantined"
    title = "There is nothing to try again"

"""Refusals about the results of reading studies."""

from studies.platform.errors import NotFound, StateRefused


class ResultsAfterClosing(StateRefused):
    """The reading study is a draft or open: nobody sees what was read before it is closed."""

    code = "results_after_closing"
    title = "Results are shown once reading is closed"


class ResultsNotReady(StateRefused):
    """The figures are still being computed."""

    code = "results_not_ready"
    title = "The results are being computed"


class NoSuchFigure(NotFound):
    """The address names no figure of these results."""

    code = "no_such_figure"
    title = "There is no such figure"

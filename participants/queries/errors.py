"""Refusals about queries."""

from studies.platform.errors import Invalid, NotFound, StateRefused


class PlaceUnknown(NotFound):
    """There is no such piece of data, or the person may not see it."""

    code = "query_place_unknown"
    title = "There is nothing to ask about here"


class PlaceGone(StateRefused):
    """What the query would be about is erased, locked, or was never submitted."""

    code = "query_place_gone"
    title = "Nothing can be asked about this"


class QueryFixed(StateRefused):
    """The query is in a state from which this step is not possible."""

    code = "query_fixed"
    title = "This query stays as it is"


class WordsMissing(Invalid):
    """An act on a query that needs words has none, or too many."""

    code = "query_words"
    title = "Please say it in words"

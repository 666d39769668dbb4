"""Refusals of personal links and languages."""

from studies.platform.errors import Invalid, NotFound, Refusal
from studies.platform.paused import Paused
from studies.platform.room import NoRoom


class LanguageNotOffered(Invalid):
    """The study does not offer this language."""

    code = "language_not_offered"
    title = "This language is not offered"


class StudyFull(NoRoom):
    """The server's disk is full; a participant reads what becomes of their photos."""

    title = "There is no room on our side"


class StudyPaused(Paused):
    """Nothing can be saved for some minutes; a participant reads what becomes of their photos."""

    title = "We are back in a few minutes"


class LinkUnknown(NotFound):
    """No participant has this link."""

    code = "link_unknown"
    title = "This link is not known"


class LinkExpired(Refusal):
    """The link was right, but its time is over."""

    status = 410
    code = "link_expired"
    title = "This link has expired"


class LinkRevoked(Refusal):
    """The link was right, but the study team stopped it."""

    status = 410
    code = "link_revoked"
    title = "This link was stopped"


class TooManySearches(Refusal):
    """Somebody looks for one name after another: nobody's work, or a program."""

    status = 429
    code = "too_many_searches"
    title = "Too many searches"

"""Refusals of personal links and languages."""

from studies.platform.errors import Invalid, NotFound, Refusal


class LanguageNotOffered(Invalid):
    """The study does not offer this language."""

    code = "language_not_offered"
    title = "This language is not offered"


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

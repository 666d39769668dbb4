"""Refusals about consent documents."""

from studies.platform.errors import StateRefused


class DocumentFixed(StateRefused):
    """A consent document that was in force is never edited: people agreed to these words."""

    code = "document_fixed"
    title = "This version can no longer be changed"


class VersionOvertaken(StateRefused):
    """A consent version would take the place of one that the study has gone on to from it."""

    code = "version_overtaken"
    title = "A newer version is in force"

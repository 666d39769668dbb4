"""Refusals about consent documents."""

from studies.platform.errors import StateRefused


class DocumentFixed(StateRefused):
    """A consent document that was in force is never edited: people agreed to these words."""

    code = "document_fixed"
    title = "This version can no longer be changed"

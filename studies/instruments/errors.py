"""Refusals about instruments."""

from studies.platform.errors import Invalid, Refusal, StateRefused


class FormUnreadable(Invalid):
    """A file holds no instrument that could be read; nothing was imported."""

    code = "form_unreadable"
    title = "This file cannot be imported"


class VersionFixed(StateRefused):
    """A version that was published is never changed: answers refer to it."""

    code = "instrument_version_fixed"
    title = "This version can no longer be changed"


class NotExportable(Invalid):
    """An instrument holds what the other format cannot say."""

    code = "instrument_not_exportable"
    title = "This format cannot hold the form"


class EngineFailed(Refusal):
    """The form engine did not answer in time, or ended; nothing was decided."""

    status = 503
    code = "form_engine_failed"
    title = "The form could not be evaluated"
    retry_after = 30

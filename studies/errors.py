"""Refusals: one class each, with the sentence a person reads and the HTTP status.

A refusal says what happened, what was kept, and what to do next. It is no programming error:
``studies.middleware.RefusalMiddleware`` shows it as a page, ``studies.api_errors`` as problem
details (RFC 9457).
"""

from typing import ClassVar

from django.utils.translation import gettext


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """The base of every refusal. ``code`` is stable and machine-readable.

    A class names its ``title`` in English; an instance holds it in the language in which the
    refusal was made, as its message is.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    title: str = "That could not be done"

    def __init__(self, message: str, *, detail: dict[str, object] | None = None) -> None:
        super().__init__(message)
        self.title = gettext(type(self).title)
        self.message = message
        self.detail = detail or {}


class NotAllowed(Refusal):
    """The person is known and may see the object, but has no right to this act."""

    status = 403
    code = "not_allowed"
    title = "You may not do this"


class NotFound(Refusal):
    """There is no such thing, or the person may not know whether there is."""

    status = 404
    code = "not_found"
    title = "Not found"


class StateRefused(Refusal):
    """The object is in a state from which this step is not possible (any more)."""

    status = 409
    code = "wrong_state"
    title = "This is no longer possible"


class Invalid(Refusal):
    """What was sent is understood but breaks a rule; ``detail`` names fields and messages."""

    status = 422
    code = "invalid"
    title = "Please check what you entered"


class ProtocolInvalid(Invalid):
    """A protocol file cannot be loaded; the message names the place in the file."""

    code = "protocol_invalid"
    title = "The protocol file has a mistake"


class ReasonMissing(Invalid):
    """Existing data change, and nobody said why."""

    code = "reason_missing"
    title = "Please say why"


class StudyClosed(StateRefused):
    """The study is closed: its protocol and its data stay as they are."""

    code = "study_closed"
    title = "The study is closed"


class ScheduleFixed(StateRefused):
    """Participants follow this schedule already."""

    code = "schedule_fixed"
    title = "The schedule is fixed"


class ActivationRefused(StateRefused):
    """The study lacks something without which nobody can take part."""

    code = "not_ready"
    title = "The study is not ready to start"


class DocumentFixed(StateRefused):
    """A consent document that was in force is never edited: people agreed to these words."""

    code = "document_fixed"
    title = "This version can no longer be changed"


class LastManager(StateRefused):
    """Without a manager nobody could give anyone a role in the study again."""

    code = "last_manager"
    title = "A study needs a manager"


class ProtocolDiffers(StateRefused):
    """A protocol file would change a study that is already under way."""

    code = "protocol_differs"
    title = "The study is under way and differs from the file"

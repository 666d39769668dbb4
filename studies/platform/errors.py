"""Refusals: one class each, with the sentence a person reads and the HTTP status.

A refusal says what happened, what was kept, and what to do next. It is no programming error:
``studies.platform.middleware.RefusalMiddleware`` shows it as a page,
``studies.platform.api_errors`` as problem details (RFC 9457).
"""

from collections.abc import Mapping
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
    retry_after: ClassVar[int] = 0  # seconds, as the header Retry-After tells; 0: it is not told

    def __init__(self, message: str, *, detail: dict[str, object] | None = None) -> None:
        super().__init__(message)
        self.title = gettext(type(self).title)
        self.message = message
        self.detail = detail or {}

    @property
    def headers(self) -> dict[str, str]:
        """What an answer with this refusal says beside its body."""
        return {"Retry-After": str(self.retry_after)} if self.retry_after else {}


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


class ReasonMissing(Invalid):
    """Existing data change, and nobody said why."""

    code = "reason_missing"
    title = "Please say why"


def invalid(message: str, problems: Mapping[str, str]) -> Invalid:
    """A refusal with one sentence per field, for forms (``detail["fields"]``) and the API."""
    return Invalid(message, detail={"fields": {name: [text] for name, text in problems.items()}})


def fields_of(refusal: Refusal) -> dict[str, str]:
    """Field → sentence, as ``invalid`` put them into ``refusal``."""
    fields = refusal.detail.get("fields")
    named = fields if isinstance(fields, dict) else {}
    return {str(name): " ".join(map(str, texts)) for name, texts in named.items()}

"""Who acts, and from where: what every audit event records."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@runtime_checkable
class Actor(Protocol):
    """A member of staff, a participant, or the system itself."""

    @property
    def actor_kind(self) -> str: ...
    @property
    def actor_id(self) -> str: ...
    @property
    def actor_label(self) -> str: ...


@dataclass(frozen=True)
class System:
    """A worker or a command acting by the rules, not for a person."""

    actor_kind: str = "system"
    actor_id: str = ""
    actor_label: str = "system"


SYSTEM = System()


@dataclass(frozen=True)
class Origin:
    """Where an act came from: ``web``, ``api``, ``command`` or ``worker``, and the address."""

    source: str = "command"
    address: str = ""


_origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 - frozen


def current_origin() -> Origin:
    """The origin of what runs now."""
    return _origin.get()


@contextmanager
def acting_from(source: str, address: str = "") -> Iterator[None]:
    """Record ``source`` and ``address`` on every audit event written inside."""
    mark = _origin.set(Origin(source, address))
    try:
        yield
    finally:
        _origin.reset(mark)

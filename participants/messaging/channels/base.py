"""What a channel is given and what it answers: a small interface that each of them fills.

Nothing here shows a text or an address in its ``repr``, and no exception carries one, so that
neither can reach a log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol
from uuid import UUID

TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, repr=False)
class Words:
    """One message in one language.

    ``title`` and ``short`` may be read by others on a locked screen. ``points`` are what is wanted
    and why (a heading and its sentences), in an e-mail only.
    """

    title: str
    short: str
    paragraphs: tuple[str, ...] = ()
    points: tuple[tuple[str, tuple[str, ...]], ...] = ()
    button: str = ""


@dataclass(frozen=True, repr=False)
class Delivery:
    """One message on its way to one person by one channel.

    ``to`` holds an e-mail address, a number (E.164), or subscriptions to Web Push as
    ``{"endpoint": …, "keys": {"p256dh": …, "auth": …}}`` by their hash. Links are whole addresses,
    empty where there is none. The same ``key`` again is the same delivery.
    """

    key: UUID
    tag: str
    language: str
    words: Words
    to: str = ""
    phones: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    sender: str = ""
    link: str = ""
    later_link: str = ""
    off_link: str = ""
    help_lines: tuple[str, ...] = ()
    reply_to: str = ""


@dataclass(frozen=True)
class Receipt:
    """A provider took it. ``gone`` are hashes of subscriptions that no longer work."""

    provider_id: str = ""
    parts: int = 0
    worked: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


class DeliveryFailed(Exception):  # noqa: N818 - it names what it is
    """It was certainly not sent. ``code`` says why; ``for_good``: this way will not work later."""

    def __init__(self, code: str, *, for_good: bool = False, gone: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code, self.for_good, self.gone = code[:40], for_good, gone


class DeliveryUnknown(Exception):  # noqa: N818 - it names what it is
    """The line broke after the words were given over: nobody knows whether it was sent."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code[:40]


class Channel(Protocol):
    """A way to reach somebody. ``repeatable``: the same key twice is shown once at most."""

    name: ClassVar[str]
    repeatable: ClassVar[bool]

    def send(self, delivery: Delivery) -> Receipt:
        """Hand ``delivery`` to the provider.

        Raises:
            DeliveryFailed: it was certainly not sent.
            DeliveryUnknown: it may have been sent.
        """

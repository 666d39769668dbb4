"""Stale forms: a form carries what its page showed, and is refused when that is no longer so.

Two people, or one in two tabs, open the same form; the second to save would undo what the first
has saved without having seen it. So the page keeps a digest of each value it showed in a hidden
field; the service that writes compares them, with the row locked, to what it is about to change.
``studies.platform.forms`` has the field, ``studies.record.unchanged`` says who was first.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from django.core import signing
from django.db import models
from django.utils.crypto import salted_hmac

from studies.platform.errors import StateRefused
from studies.platform.text import tidy

_SALT: Final = "studies.platform.seen"
_LENGTH: Final = 16  # hexadecimal digits: 64 bits tell values of one field apart


class ChangedMeanwhile(StateRefused):
    """Somebody saved something else after this form was opened; ``names`` says which values.

    ``who`` and ``at`` are those of the last change, where the record knows of one.
    """

    code = "changed_meanwhile"
    title = "Somebody was faster"

    def __init__(self, names: list[str], *, who: str = "", at: datetime | None = None) -> None:
        by = f"by {who} " if who else ""
        super().__init__(
            f"This was changed {by}after you opened the page. Nothing was saved: reload the page "
            "to see how it stands, and save again.",
            detail={"changed": names},
        )
        self.names, self.who, self.at = names, who, at


@dataclass(frozen=True)
class Seen:
    """What a page showed: each value's name with its digest; ``None`` if that cannot be read."""

    digests: Mapping[str, str] | None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """What a page that shows ``values`` has shown."""
        return cls({name: digest(name, value) for name, value in values.items()})

    @classmethod
    def read(cls, token: str) -> Self:
        """What a form says its page showed; a token that is not ours says nothing."""
        try:
            digests = signing.Signer(salt=_SALT).unsign_object(token)
        except (signing.BadSignature, ValueError):
            return cls(None)
        return cls(digests)

    def token(self) -> str:
        """For the hidden field: digests only, signed."""
        return signing.Signer(salt=_SALT).sign_object(dict(self.digests or {}), compress=True)

    def differing(self, current: Mapping[str, Any]) -> list[str]:
        """The names of what is ``current`` now and was not shown like that."""
        if self.digests is None:
            return list(current)
        return [
            name
            for name, value in current.items()
            if name in self.digests and digest(name, value) != self.digests[name]
        ]

    def showed(self, name: str, value: Any) -> bool:
        """Whether the page showed exactly this under ``name``."""
        return self.digests is not None and self.digests.get(name) == digest(name, value)


def digest(name: str, value: Any) -> str:
    """A keyed digest (HMAC, by the installation's secret) of one value under its name."""
    plain = json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)
    return salted_hmac(_SALT, f"{name}={plain}", algorithm="sha256").hexdigest()[:_LENGTH]


def _plain(value: Any) -> Any:
    """``value`` as JSON, the same whether it comes from a row or from a form."""
    if value is None:
        return ""
    if isinstance(value, models.Model):
        return str(value.pk)
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | models.QuerySet):
        return [_plain(inner) for inner in value]
    return str(tidy(value))

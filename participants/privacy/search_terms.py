"""What must be found nowhere once a participant is erased: their name and contact, their photos.

Gathered before anything is removed, kept encrypted on the work's row until the search found
nothing, and looked for in every store by ``participants.privacy.services.searching``.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

# Any photo's id (with hyphens or without) and any SHA-256, as they stand in text.
_TOKENS = re.compile(
    r"[0-9a-f]{64}|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}", re.IGNORECASE
)
SHORTEST_NAME = 3  # letters: "An" or "Li" alone would be found in every sentence
BETWEEN_DIGITS = r"[\s().\-/]*"

NAME, EMAIL, PHONE = "name", "e-mail address", "phone number"
PHOTO, HASH, SEALED = "photo's id", "photo's hash", "something sealed for them"


@dataclass(frozen=True)
class SearchTerms:
    """``photos`` are ids as 32 hex digits, ``hashes`` SHA-256 in hex, of originals and uprights.

    ``participant`` is the primary key: what is sealed for them begins with it. ``repr`` shows
    nothing, so that no log ever does.
    """

    participant: int
    name: str = ""
    email: str = ""
    phone: str = ""
    photos: frozenset[str] = field(default_factory=frozenset)
    hashes: frozenset[str] = field(default_factory=frozenset)

    def __repr__(self) -> str:
        return "SearchTerms(…)"

    @cached_property
    def _phrases(self) -> list[tuple[str, re.Pattern[str]]]:
        phrases = []
        if sum(letter.isalpha() for letter in self.name) >= SHORTEST_NAME:
            phrases.append((NAME, _phrase(self.name)))
        if self.email:
            phrases.append((EMAIL, _phrase(self.email)))
        digits = [digit for digit in self.phone if digit.isdigit()]
        if digits:
            number = BETWEEN_DIGITS.join(digits)
            phrases.append((PHONE, re.compile(rf"(?<!\d){number}(?!\d)")))
        return phrases

    def who_in(self, text: str) -> set[str]:
        """Which of name, e-mail address and phone number ``text`` holds."""
        return {kind for kind, phrase in self._phrases if phrase.search(text)}

    def photos_in(self, text: str) -> set[str]:
        """Whether ``text`` holds a photo's id or hash."""
        photos = set()
        for token in _TOKENS.findall(text):
            plain = token.replace("-", "").lower()
            if plain in self.photos:
                photos.add(PHOTO)
            elif plain in self.hashes:
                photos.add(HASH)
        return photos

    def in_text(self, text: str) -> set[str]:
        """Everything ``text`` holds of them, in words that can be shown to people."""
        return self.who_in(text) | self.photos_in(text)

    def in_uuid(self, value: UUID) -> set[str]:
        return {PHOTO} if value.hex in self.photos else set()

    def as_json(self) -> str:
        """For sealing; ``search_terms_from`` reads it again."""
        values = {**asdict(self), "photos": sorted(self.photos), "hashes": sorted(self.hashes)}
        return json.dumps(values, ensure_ascii=False)


def search_terms_from(text: str) -> SearchTerms:
    """What ``SearchTerms.as_json`` wrote."""
    values: dict[str, Any] = json.loads(text)
    for name in ("photos", "hashes"):
        values[name] = frozenset(values[name])
    return SearchTerms(**values)


def hex_ids(ids: Iterable[UUID | str]) -> frozenset[str]:
    """Ids as 32 hex digits."""
    return frozenset(UUID(str(number)).hex for number in ids)


def _phrase(text: str) -> re.Pattern[str]:
    """``text`` in any case, with any white space, also as JSON writes it in ASCII.

    Whole words only; scripts that put no space between words are found anywhere.
    """
    before, after = (r"(?<!\w)", r"(?!\w)") if text.isascii() else ("", "")
    parts = []
    for plain in dict.fromkeys([text, json.dumps(text)[1:-1]]):
        words = r"\s+".join(re.escape(word) for word in plain.split())
        parts.append(f"{before}{words}{after}")
    return re.compile("|".join(parts), re.IGNORECASE)

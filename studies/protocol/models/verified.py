"""What a plan of source verification may name: all of it, parts, questionnaires, questions."""

import re
from typing import Any, Final

from django.core.exceptions import ValidationError

ALL: Final = "all"
DETAILS: Final = "details"
CONSENT: Final = "consent"
VISIT: Final = "visit"
PHOTOS: Final = "photos"
ANSWERS: Final = "answers"

PATTERN: Final = (
    r"(all|details|consent|visit|photos"
    r"|answers(/[A-Za-z_][A-Za-z0-9_-]{0,39}(/[A-Za-z_][A-Za-z0-9_.-]{0,199})?)?)"
)
WORDS: Final = (
    "all, details, consent, visit, photos, answers, or a questionnaire or question of it, such as "
    "answers/skin or answers/skin/itch"
)


def validate_verified(value: Any) -> None:
    """Refuse what is no list of keys.

    Raises:
        ValidationError: with what a key may be.
    """
    known = isinstance(value, list) and all(
        isinstance(key, str) and re.fullmatch(PATTERN, key) for key in value
    )
    if not known:
        raise ValidationError(f"Use {WORDS}.")


def wants(fields: list[str], key: str) -> bool:
    """Whether a plan that names ``fields`` asks for ``key``, by its own name or one above it."""
    parts = key.split("/")
    above = {"/".join(parts[:number]) for number in range(1, len(parts) + 1)}
    return ALL in fields or bool(above & set(fields))

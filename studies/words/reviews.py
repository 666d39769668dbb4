"""Which translations of participants' pages a person who speaks the language has approved.

An approval is an entry of ``participants/words/locale/REVIEWS.yaml`` and holds for just the words
that were read: a word changed afterwards makes the language a draft again.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml
from django.conf import settings
from django.utils.translation import to_locale

SOURCE = "en"  # what the product is written in needs no translation


@dataclass(frozen=True)
class Review:
    """An approval: ``words`` is ``words_sha256`` at the time."""

    language: str
    reviewer: str
    on: date
    words: str


def review_file() -> Path:
    return Path(settings.LOCALE_PATHS[0]) / "REVIEWS.yaml"


def words_sha256(language: str) -> str:
    """SHA-256 (hex) over the compiled catalogues of ``language``: what people read, no comments."""
    digest = hashlib.sha256()
    folder = Path(settings.LOCALE_PATHS[0]) / to_locale(language) / "LC_MESSAGES"
    for name in ("django.mo", "djangojs.mo"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def reviews() -> list[Review]:
    """Every approval on file, in its order."""
    entries = yaml.safe_load(review_file().read_text()) or []
    return [
        Review(entry["language"], entry["reviewer"], entry["on"], entry["words"])
        for entry in entries
    ]


def standing(language: str) -> str:
    """``source``, ``approved``, ``changed`` (since it was approved) or ``draft``."""
    if language == SOURCE:
        return "source"
    ours = [review for review in reviews() if review.language == language]
    if any(review.words == words_sha256(language) for review in ours):
        return "approved"
    return "changed" if ours else "draft"


def approve(*, language: str, reviewer: str, on: date) -> Review:
    """Note that ``reviewer`` has read the words of ``language`` as they stand and approves them.

    Raises:
        ValueError: the language is not one that the product translates into, or nobody is named.
    """
    if language == SOURCE or language not in dict(settings.LANGUAGES):
        raise ValueError(f"{language} is not a language that is translated into")
    if not reviewer.strip():
        raise ValueError("a reviewer has a name")
    review = Review(language, " ".join(reviewer.split()), on, words_sha256(language))
    entry = {"language": language, "reviewer": review.reviewer, "on": on, "words": review.words}
    with review_file().open("a") as file:
        file.write(yaml.safe_dump([entry], sort_keys=False, allow_unicode=True))
    return review

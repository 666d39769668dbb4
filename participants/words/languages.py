"""What is known of each language of the participant's pages, and where its catalogues lie."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import django
from django.conf import settings
from django.utils.translation import to_locale

DOMAINS = ("django", "djangojs")  # pages and services; scripts


@dataclass(frozen=True)
class Language:
    """One language: ``tag`` as pages carry it and ``speech`` as phones name a voice (BCP 47)."""

    code: str
    tag: str
    speech: str

    @property
    def name(self) -> str:
        """The language in its own words."""
        return str(dict(settings.LANGUAGES)[self.code])


# Which voice reads hints aloud: the region whose voice phones sold here carry.
LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (
        Language("en", "en", "en-GB"),
        Language("zh-hans", "zh-Hans", "zh-CN"),
        Language("ms", "ms", "ms-MY"),
        Language("ta", "ta", "ta-IN"),
        Language("id", "id", "id-ID"),
        Language("th", "th", "th-TH"),
        Language("vi", "vi", "vi-VN"),
    )
}

# As staff read them: in the language's own words, and in English.
LANGUAGE_NAMES = {
    "en": "English",
    "zh-hans": "简体中文 (Chinese, simplified)",
    "ms": "Bahasa Melayu",
    "ta": "தமிழ் (Tamil)",
    "id": "Bahasa Indonesia",
    "th": "ไทย (Thai)",
    "vi": "Tiếng Việt",
}


def language_of(code: str | None) -> Language:
    """The language of this code; English where it is none of ours."""
    return LANGUAGES.get(code or "", LANGUAGES["en"])


def folder_of(code: str) -> Path:
    """Where the catalogues of ``code`` lie."""
    return Path(settings.LOCALE_PATHS[0]) / to_locale(code) / "LC_MESSAGES"


@cache
def words_version(code: str) -> str:
    """Changes whenever the words for scripts do, so that browsers may keep them for good."""
    digest = hashlib.sha256(django.get_version().encode())
    catalogue = folder_of(code) / "djangojs.mo"
    if catalogue.exists():
        digest.update(catalogue.read_bytes())
    return digest.hexdigest()[:12]

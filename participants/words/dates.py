"""Days as people write them in each language, after Unicode's CLDR 46.

Django's own formats are the computer's (03-02-2026) or leave out the weekday, and an English order
filled with Chinese words reads wrongly. The letters are those of Django's ``date`` filter.
"""

from datetime import date, datetime

from django.utils import dateformat
from django.utils.translation import get_language

# For each language: with the weekday, without a year, with a year.
FORMATS: dict[str, tuple[str, str, str]] = {
    "en": ("l j F", "j F", "j F Y"),
    "zh-hans": ("n月j日 l", "n月j日", "Y年n月j日"),
    "ms": ("l, j F", "j F", "j F Y"),
    "ta": ("l, j F", "j F", "j F, Y"),
    "id": ("l, j F", "j F", "j F Y"),
    "th": ("วันlที่ j F", "j F", "j F Y"),
    "vi": (r"l, \n\g\à\y j \t\h\á\n\g n", r"j \t\h\á\n\g n", r"j \t\h\á\n\g n, Y"),
}
BUDDHIST_ERA = 543  # years from the Common Era's to those Thai calendars count


def weekday(day: date) -> str:
    """``Monday 2 March``: for days that are near."""
    return _written(day, 0)


def short(day: date) -> str:
    """``2 March``."""
    return _written(day, 1)


def full(day: date) -> str:
    """``2 March 2026``; in Thai the year is the Buddhist era's, as on every Thai calendar."""
    return _written(day, 2)


def moment(at: datetime) -> str:
    """``2 March 2026, 15:05``, in the zone ``at`` is in."""
    return f"{full(at)}, {at:%H:%M}"


def _written(day: date, which: int) -> str:
    language = get_language() or "en"
    pattern = FORMATS.get(language, FORMATS["en"])[which]
    if language == "th":
        year = str(day.year + BUDDHIST_ERA)
        pattern = pattern.replace("Y", "".join(f"\\{digit}" for digit in year))
    return dateformat.format(day, pattern)

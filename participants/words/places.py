"""Time zones as people know them: by country and town, in the language of the page.

Which zone lies in which country is in IANA's ``zone.tab``; the names of countries and towns are
Unicode's (CLDR), through Babel.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from babel import Locale
from babel.core import get_global


@dataclass(frozen=True)
class Place:
    """A zone with its name in one language, and the older names by which browsers call it."""

    zone: str
    name: str
    also: tuple[str, ...]


@cache
def places(language: str) -> tuple[Place, ...]:
    """Every zone that has a country, once, in the order of the names.

    ``language`` is one of the participants' codes. A country of one zone goes by its own name.
    """
    locale = Locale.parse(language, sep="-")
    countries, older = _countries(), _older_names()
    zones_in = Counter(countries.values())
    named = []
    for zone, country in countries.items():
        name = locale.territories.get(country, country)
        if zones_in[country] > 1:
            name = f"{name}, {_town(zone, older[zone], locale)}"
        named.append(Place(zone, name, older[zone]))
    return tuple(sorted(named, key=lambda place: place.name.casefold()))


def place_of(zone: str, language: str) -> Place:
    """The place of ``zone``, by whichever of its names; a zone of no country goes by its own."""
    known = (place for place in places(language) if zone in (place.zone, *place.also))
    return next(known, Place(zone, zone, ()))


def _town(zone: str, older: tuple[str, ...], locale: Locale) -> str:
    for name in (zone, *older):
        zones: Mapping[str, str] = locale.time_zones.get(name, {})
        if town := zones.get("city"):
            return town
    return zone.rpartition("/")[2].replace("_", " ")


@cache
def _countries() -> Mapping[str, str]:
    """Each zone's country (ISO 3166-1 alpha-2)."""
    lines = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text().splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


@cache
def _older_names() -> Mapping[str, tuple[str, ...]]:
    older = defaultdict[str, tuple[str, ...]](tuple)
    for name, current in get_global("zone_aliases").items():
        older[current] += (name,)
    return older

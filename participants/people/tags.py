"""The language of a participant's page, for its first lines."""

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.translation import get_language

from participants.people.services import languages
from participants.words import dates
from participants.words.languages import language_of, words_version
from participants.words.places import place_of

register = template.Library()
register.filter("weekday", dates.weekday, expects_localtime=True)
register.filter("short_day", dates.short, expects_localtime=True)
register.filter("full_day", dates.full, expects_localtime=True)
register.filter("moment", dates.moment, expects_localtime=True)


@register.simple_tag
def words_url() -> str:
    """Where the words for scripts are, in the page's language and as they are now."""
    code = language_of(get_language()).code
    return f"{reverse('my:words', args=[code])}?v={words_version(code)}"


@register.filter
def place(zone: str) -> str:
    """A time zone as a place, in the page's language."""
    return place_of(zone, language_of(get_language()).code).name


@register.simple_tag
def page_language() -> str:
    """For ``<html lang>``: ``zh-Hans``, ``ta``."""
    return language_of(get_language()).tag


@register.simple_tag
def speech_language() -> str:
    """For speech: ``zh-CN``, ``ta-IN``."""
    return language_of(get_language()).speech


@register.inclusion_tag("participants/people/my/_language_off.html", takes_context=True)
def language_off(context: Context) -> dict[str, Any]:
    """Say, until another is chosen, that the language the participant chose is offered no more."""
    participant = context["request"].participant
    return {
        "switched_off": languages.switched_off(participant),
        "reading": languages.reading_language(participant),
    }

"""What messages say: in every language, whole, and nothing that a stranger should read."""

import re
from datetime import date

import pytest
from django.conf import settings
from django.utils import translation

from participants.messaging.models import Message
from participants.messaging.services.wording import Subject, sender, words_for
from studies.protocol.models import Condition
from tests.participants.capture.factories import PhotoFactory

pytestmark = pytest.mark.django_db
LANGUAGES = [code for code, _name in settings.LANGUAGES]
PRIVATE = re.compile("melasma|skin|dermat|face|wrinkle|pores|clinic|hospital|illness")


def subject() -> Subject:
    reason = {"code": "too_dark", "message": "The photo is too dark. Face a window or a lamp."}
    photo = PhotoFactory.build(view="left", retake_reasons=[reason])
    return Subject(
        last=date(2026, 4, 2), next_first=date(2026, 4, 20), photos=[photo, photo], number="R-1"
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", Message.Kind.values)
def test_every_message_can_be_said_in_every_language(kind: str, language: str) -> None:
    with translation.override(language):
        words = words_for(kind, subject())
        name = sender("")
    said = [words.title, words.short, *words.paragraphs, words.button, name]
    said += [text for heading, reasons in words.points for text in (heading, *reasons)]
    assert words.title
    assert words.short
    assert not [text for text in said if "%(" in text]


@pytest.mark.parametrize("kind", Message.Kind.values)
def test_a_locked_screen_says_nothing_of_health(kind: str) -> None:
    words = words_for(kind, subject())
    seen = f"{sender('')} {words.title} {words.short}"
    assert not PRIVATE.search(seen.casefold())
    names = Condition.objects.values_list("name", flat=True)
    assert not [name for name in names if name.casefold() in seen.casefold()]


def test_a_short_message_stays_short_enough_to_be_read_at_a_glance() -> None:
    for kind in Message.Kind.values:
        words = words_for(kind, subject())
        assert len(words.title) <= 40
        assert len(words.short) <= 120


def test_a_study_may_give_itself_a_name() -> None:
    assert sender("Study 8") == "Study 8"
    assert sender("") == "Your photo study"

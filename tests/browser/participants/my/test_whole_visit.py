"""A whole visit with the keyboard alone: link, consent that changed, three views, a line that goes.

In English and Tamil. The camera takes each photo by itself; the line is gone from after the
first photo until after the last.
"""

import re

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Page, expect

from participants.capture.models import Photo
from participants.consent.models import Consent
from participants.consent.services import consents
from studies.consent_texts.models import ConsentDocument
from studies.consent_texts.services import draft_document, put_in_force
from tests.browser.chromium import (
    Pages,
    assert_accessible,
    assert_no_sideways_scroll,
    screenshot,
)
from tests.browser.my_pages import Someone, someone
from tests.browser.outbox import wait_until, worker_ready
from tests.browser.videos import FakeCamera
from tests.conftest import Team

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("camera"),
]

STARTS = 60_000  # ms: the engine compiles six megabytes of code on a busy machine
LETTERS = {"en": "[A-Za-z]", "ta": "[\u0b80-\u0bff]"}
WORDS = {
    "en": ("Photos are kept for fifteen years.", "Software may measure my skin."),
    "ta": ("புகைப்படங்கள் பதினைந்து ஆண்டுகள் வைக்கப்படும்.", "மென்பொருள் என் தோலை அளவிடலாம்."),
}


@pytest.fixture(params=list(LETTERS))
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def me(team: Team, language: str) -> Someone:
    """Somebody who reads this language, agreed to its first text, and is asked about the second."""
    me = someone(team)
    team.study.languages = ["en", "ta"]
    team.study.save()
    me.visit.participant.language = language
    me.visit.participant.save()
    first = into_force(team, language, "1.5" if language == "en" else "1.0", WORDS[language][1])
    Consent.objects.filter(participant=me.visit.participant).update(document=first)
    into_force(team, language, "2.0", WORDS[language][0])
    return me


def into_force(team: Team, language: str, version: str, sentence: str) -> ConsentDocument:
    draft = draft_document(
        study=team.study,
        by=team.dewi,
        language=language,
        version=version,
        title=WORDS[language][1],
        body=f"{WORDS[language][1]}\n\n## {WORDS[language][1]}\n\n{sentence}\n",
        choices=[{"code": "ai_scoring", "text": WORDS[language][1], "required": True}],
        key_points=list(WORDS[language]),
    )
    return put_in_force(document=draft, by=team.dewi, reason="A newer text.")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until this has the focus, as somebody does who has no mouse."""
    for _ in range(80):
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {selector}")


def press(page: Page, selector: str) -> None:
    expect(page.locator(selector).locator("visible=true").first).to_be_enabled(timeout=STARTS)
    tab_to(page, selector)
    page.keyboard.press("Enter")


def look(page: Page, name: str, language: str) -> None:
    """Accessible, as wide as the window, and in the letters of the language."""
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    assert page.locator("html").get_attribute("lang") == language
    words = page.locator("main").inner_text()
    read, latin = (len(re.findall(LETTERS[code], words)) for code in (language, "en"))
    assert language == "en" or read > latin, words
    screenshot(page, f"visit-{language}-{name}")


def part_shown(page: Page) -> int:
    """Which of the text's parts is on the screen, from 0."""
    parts = page.locator("[data-step]").evaluate_all("all => all.findIndex(part => !part.hidden)")
    return int(parts)


def agree_again(page: Page, language: str) -> None:
    """Read what changed part by part, tick what is required, sign by typing."""
    press(page, "a[href='/my/consent/review/']")
    page.wait_for_url("**/my/consent/review/**")
    for _ in range(12):
        signature = page.locator("input[name=typed_name]")
        if signature.is_visible():
            break
        look(page, "consent", language)
        box = page.locator("input[name=choice-ai_scoring]")
        if box.is_visible() and not box.is_checked():
            tab_to(page, "input[name=choice-ai_scoring]")
            page.keyboard.press("Space")
        before = part_shown(page)
        press(page, "[data-next]")
        # The address changes first and the part after it, so the address says nothing yet.
        wait_until(page, lambda before=before: part_shown(page) != before, "the next part")  # type: ignore[misc]
    tab_to(page, "input[name=typed_name]")
    page.keyboard.type("Nur Aisyah")
    tab_to(page, "input[name=sign_by_typing]")
    page.keyboard.press("Space")
    look(page, "signature", language)
    press(page, "[data-sign]")
    page.wait_for_url("**/my/consent/done/**")
    look(page, "agreed", language)
    page.goto("/my/")


def take(page: Page, view: str, language: str, camera: FakeCamera) -> None:
    """Hold still until the camera has taken the photo, and keep it."""
    page.wait_for_url(f"**/{view}/")
    camera.show(view)
    verdict = page.locator("[data-verdict]")
    expect(verdict).to_be_visible(timeout=STARTS)
    expect(verdict).to_have_text(scripted(page, "A good photo", language), timeout=STARTS)
    screenshot(page, f"visit-{language}-{view}", full=False)
    press(page, "[data-keep]")


def scripted(page: Page, words: str, language: str) -> str:
    """The words of the page's scripts, which are not English where the page is not."""
    said = "import('/static/js/participants/words/words.js').then(({ gettext }) => gettext(words))"
    found = str(page.evaluate(f"(words) => {said}", words))
    assert (found == words) == (language == "en")
    return found


def said(language: str, words: str) -> str:
    """The participant's words in their language."""
    with translation.override(language):
        return gettext(words)


def test_a_whole_visit_with_the_keyboard_alone(
    camera_pages: Pages, camera: FakeCamera, me: Someone, language: str
) -> None:
    page = camera_pages.open("phone", locale=language)
    page.goto(f"/p/{me.token}/")
    look(page, "link", language)
    press(page, "form .button--primary")
    page.wait_for_url("**/my/")
    look(page, "home", language)
    agree_again(page, language)
    assert consents.require_current_consent(me.visit.participant).document.version.number == "2.0"
    worker_ready(page)
    press(page, "[data-next]")
    page.wait_for_url("**/front/")
    look(page, "capture", language)
    press(page, "[data-open-camera]")
    take(page, "front", language, camera)
    wait_until(page, lambda: Photo.objects.count() == 1, "the first photo arrived", seconds=40)
    page.context.set_offline(True)
    take(page, "left", language, camera)
    take(page, "right", language, camera)
    page.wait_for_url("**/my/")
    expect(page.locator("#queue")).to_contain_text("2")
    assert Photo.objects.count() == 1
    page.context.set_offline(False)
    wait_until(page, lambda: Photo.objects.count() == 3, "every photo arrived", seconds=40)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        said(language, "Thank you, all sent"), timeout=20_000
    )
    look(page, "thanks", language)
    told = {photo.view: photo.capture for photo in Photo.objects.all()}
    assert set(told) == {"front", "left", "right"}
    assert {(how["engine"], how["trigger"]) for how in told.values()} == {("landmarks", "auto")}

"""Consent on the phone, in a real browser: keyboard, finger, no JavaScript, a reload on the way."""

import re
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, Page, expect

from participants.consent.services import consents
from participants.people.models import Participant
from participants.people.services import invitations
from studies.consent_texts.models import ConsentDocument
from studies.consent_texts.services import draft_document, put_in_force
from tests.browser.chromium import (
    SIZES,
    OpenPage,
    assert_reads_well,
    screenshot,
)
from tests.browser.signed_in import PageOf
from tests.conftest import Team
from tests.participants.phone import make_phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

REVIEW = "/my/consent/review/"
CHOICES = [
    {
        "code": "ai_scoring",
        "text": "I agree that software, including artificial intelligence, measures the skin on "
        "my photos.",
        "required": True,
    },
    {
        "code": "publication",
        "text": "I agree that a photo of my face may be shown in a scientific publication.",
        "required": False,
    },
]
BODY = """Thank you for thinking about taking part. Please read this page without hurry.

## What you do

- You use a sunscreen every morning. Half of the participants also use a cream at night.
- Five times in eight weeks you take **three photos of your face** with your own phone.

## Your photos and your data

Your photos are kept under a code. Your name is kept apart, encrypted.
"""
STEPS = 7  # key points, three sections, a question, choices, signature


def bring_into_force(team: Team, version: str, body: str) -> ConsentDocument:
    draft = draft_document(
        study=team.study,
        by=team.dewi,
        language="en",
        version=version,
        title="Taking part in the melasma study",
        body=body,
        choices=CHOICES,
        key_points=[
            "Taking part is your own choice. You can stop at any time.",
            "You take photos of your face at five visits, with your own phone.",
            "Software measures the skin on your photos. This is not a diagnosis.",
        ],
        questions=[
            {
                "text": "May you stop taking part before the eight weeks are over?",
                "options": ["Only if my doctor agrees", "Yes, at any time", "No"],
                "right": 2,
                "explanation": "You may stop at any time. You need not say why.",
            }
        ],
    )
    return put_in_force(document=draft, by=team.dewi, reason="A newer text.")


@pytest.fixture
def siti(team: Team) -> Participant:
    bring_into_force(team, "1.0", BODY)
    return make_phone(team.sg01, consented=False).participant


@pytest.fixture
def enter(siti: Participant, team: Team) -> Callable[[Page], None]:
    """Open the participant's link on a page, press its button, and go to the text."""

    def open_link(page: Page) -> None:
        issued = invitations.issue(participant=siti, by=team.amina)
        page.goto(f"/p/{issued.token}/")
        page.locator("main form button, .mine__action button").first.click()
        page.wait_for_url("**/my/")
        page.goto(REVIEW)

    return open_link


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=2, name=words)).to_be_visible()


def press_next(page: Page) -> None:
    page.get_by_role("button", name="Next").click()


def read_on(page: Page) -> None:
    """To the question."""
    for words in ("What matters most", "To begin with", "What you do", "Your photos and your data"):
        heading(page, words)
        press_next(page)
    heading(page, "A short question")


def scribble(page: Page, lower: int = 0) -> None:
    box = page.locator("canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + 120 + lower)
    page.mouse.down()
    for x, y in ((70, 30), (100, 150), (150, 50), (200, 120), (260, 60)):
        page.mouse.move(box["x"] + x, box["y"] + y + lower, steps=4)
    page.mouse.up()


def test_a_whole_consent_with_a_finger_is_read_answered_chosen_and_signed(
    phone: Page, enter: Callable[[Page], None], siti: Participant
) -> None:
    enter(phone)
    expect(phone.locator("[data-place]")).to_have_text(f"1 of {STEPS}")
    screenshot(phone, "consent/points", full=False)
    read_on(phone)

    phone.get_by_text("Only if my doctor agrees").click()
    phone.get_by_role("button", name="Check my answer").click()
    expect(phone.get_by_text("Not quite.")).to_be_visible()
    expect(phone.get_by_text("You can choose another answer, or go on.")).to_be_visible()
    screenshot(phone, "consent/question", full=False)
    phone.get_by_text("Yes, at any time").click()
    phone.get_by_role("button", name="Check my answer").click()
    expect(phone.get_by_text("That is right.")).to_be_visible()
    press_next(phone)

    heading(phone, "Your choices")
    press_next(phone)
    expect(phone.get_by_text("Taking part needs agreement to this point.")).to_be_visible()
    phone.get_by_text("I agree that software").click()
    screenshot(phone, "consent/choices", full=False)
    press_next(phone)

    heading(phone, "Your signature")
    phone.get_by_label("Your full name").fill("Siti Rahman")
    phone.get_by_role("button", name="Sign", exact=True).click()
    expect(phone.get_by_text("Please sign in the field")).to_be_visible()
    scribble(phone)
    screenshot(phone, "consent/signature", full=False)
    phone.get_by_role("button", name="Sign", exact=True).click()

    phone.wait_for_url(re.compile("/my/consent/done/"))
    expect(phone.get_by_text("Your consent is recorded")).to_be_visible()
    screenshot(phone, "consent/done")
    given = consents.require_consent(siti)
    assert given.signature_file
    assert given.checks == [{"tries": 2, "right": True}]
    assert given.choices == {"ai_scoring": True, "publication": False}


def test_a_whole_consent_with_the_keyboard_alone_is_signed_by_typing(
    desktop: Page, enter: Callable[[Page], None], siti: Participant
) -> None:
    page = desktop
    enter(page)

    def tab_to(selector: str) -> None:
        for _ in range(60):
            if page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {selector}")

    def on(words: str) -> None:
        heading(page, words)
        tab_to("[data-next]")
        page.keyboard.press("Enter")

    for words in ("What matters most", "To begin with", "What you do", "Your photos and your data"):
        on(words)
    heading(page, "A short question")
    tab_to("input[type=radio]")
    page.keyboard.press("ArrowDown")
    tab_to("[data-next]")
    page.keyboard.press("Enter")
    expect(page.get_by_text("That is right.")).to_be_visible()
    page.keyboard.press("Enter")
    heading(page, "Your choices")
    tab_to("input[name=choice-ai_scoring]")
    page.keyboard.press("Space")
    on("Your choices")
    heading(page, "Your signature")
    tab_to("input[name=typed_name]")
    page.keyboard.type("Siti Rahman")
    tab_to("input[name=sign_by_typing]")
    page.keyboard.press("Space")
    tab_to("[data-sign]")
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile("/my/consent/done/"))
    given = consents.require_consent(siti)
    assert given.signature_file == ""
    assert given.checks == [{"tries": 1, "right": True}]


def test_undo_takes_the_last_stroke_back_and_clear_all_of_them(
    phone: Page, enter: Callable[[Page], None]
) -> None:
    enter(phone)
    phone.goto(f"{REVIEW}#{STEPS}")
    scribble(phone)
    signature = phone.locator("input[name=signature]")
    one = signature.input_value()
    assert one.startswith("data:image/png")
    scribble(phone, 40)
    two = signature.input_value()
    assert two != one
    phone.get_by_role("button", name="Undo").click()
    expect(signature).not_to_have_value(two)
    expect(signature).to_have_value(re.compile("^data:image/png"))
    phone.get_by_role("button", name="Undo").click()
    expect(signature).to_have_value("")
    scribble(phone)
    scribble(phone, 40)
    phone.get_by_role("button", name="Clear").click()
    expect(signature).to_have_value("")


def test_a_reload_half_way_stays_where_it_was_and_back_is_one_part_back(
    phone: Page, enter: Callable[[Page], None]
) -> None:
    enter(phone)
    read_on(phone)
    phone.get_by_text("Yes, at any time").click()
    phone.get_by_role("button", name="Check my answer").click()
    expect(phone.get_by_text("That is right.")).to_be_visible()
    press_next(phone)
    with phone.expect_response("**/my/consent/progress/"):
        phone.get_by_text("I agree that software").click()

    phone.reload()

    heading(phone, "Your choices")
    expect(phone.locator("input[name=choice-ai_scoring]")).to_be_checked()
    phone.go_back()
    heading(phone, "A short question")
    expect(phone.get_by_text("That is right.")).to_be_visible()


def test_a_session_that_ended_is_told_and_nothing_kept_is_lost(
    phone: Page, enter: Callable[[Page], None]
) -> None:
    enter(phone)
    read_on(phone)
    phone.get_by_text("Yes, at any time").click()
    phone.get_by_role("button", name="Check my answer").click()
    expect(phone.get_by_text("That is right.")).to_be_visible()
    Session.objects.all().delete()
    phone.get_by_text("Only if my doctor agrees").click()
    phone.get_by_role("button", name="Check my answer").click()
    expect(phone.locator("[data-trouble]")).to_contain_text("personal link")

    enter(phone)
    phone.goto(f"{REVIEW}#5")
    expect(phone.get_by_text("That is right.")).to_be_visible()


def test_without_javascript_the_whole_form_stands_on_one_page(
    browser: Browser, site_url: str, enter: Callable[[Page], None], siti: Participant
) -> None:
    context = browser.new_context(base_url=site_url, java_script_enabled=False, **SIZES["phone"])
    page = context.new_page()
    enter(page)
    for words in ("What matters most", "What you do", "A short question", "Your signature"):
        heading(page, words)
    screenshot(page, "consent/no-javascript")
    page.get_by_label("Only if my doctor agrees").check()
    page.get_by_label("I agree that software").check()
    page.get_by_label("Your full name").fill("Siti Rahman")
    page.get_by_label("Sign with my typed name instead").check()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Not quite.")).to_be_visible()
    page.get_by_label("Yes, at any time").check()
    page.get_by_label("Your full name").fill("Siti Rahman")
    page.get_by_role("button", name="Sign", exact=True).click()
    page.wait_for_url(re.compile("/my/consent/done/"))
    assert consents.require_consent(siti).checks == [{"tries": 2, "right": True}]
    context.close()


def agree(siti: Participant, document: ConsentDocument, team: Team) -> None:
    consents.give_consent(
        participant=siti,
        document=document,
        document_sha256=document.sha256,
        choices={"ai_scoring": True},
        typed_name="Siti Rahman",
        signature_png=b"",
        by=team.amina,
    )


def test_every_page_of_a_renewal_is_accessible_and_fits(
    open_page: OpenPage,
    enter: Callable[[Page], None],
    siti: Participant,
    team: Team,
) -> None:
    agree(siti, team.study.consent_documents.get(version__number="1.0"), team)
    bring_into_force(
        team,
        "2.0",
        BODY.replace("Five times in eight weeks", "Six times in ten weeks")
        + "\n## Insurance\n\nThe study is insured.\n",
    )
    page = open_page("small")
    enter(page)
    heading(page, "What changed")
    expect(page.locator("ins").first).to_contain_text("Six")
    expect(page.get_by_text("(taken out:)").first).to_be_attached()
    total = page.locator("[data-step]").count()
    for number in range(1, total + 1):
        page.goto(f"{REVIEW}#{number}")
        expect(page.locator("[data-place]")).to_have_text(f"{number} of {total}")
        assert_reads_well(page, f"consent/{number}", "small", "tablet")
    for path in ("/my/", "/my/consent/done/", "/my/consent/declined/", "/my/choices/"):
        page.goto(path)
        assert_reads_well(page, f"consent/{path.strip('/').replace('/', '-')}", "small", "tablet")


def test_the_staffs_pages_of_a_text_are_accessible_and_fit(
    page_of: PageOf, siti: Participant, team: Team
) -> None:
    agree(siti, team.study.consent_documents.get(version__number="1.0"), team)
    draft = draft_document(
        study=team.study,
        by=team.dewi,
        language="en",
        version="2.0",
        title="Taking part in the melasma study",
        body=BODY.replace("Five times in eight weeks", "Six times in ten weeks"),
        choices=CHOICES,
        key_points=["Taking part is your own choice.", "You can stop at any time."],
        questions=team.study.consent_documents.get(version__number="1.0").questions,
    )
    page = page_of(team.dewi)
    protocol = "/studies/MEL-8/protocol/"
    for name, path in {
        "document": f"{protocol}consent/{draft.pk}/",
        "edit": f"{protocol}consent/{draft.pk}/edit/",
        "preview": f"/studies/MEL-8/consent/{draft.pk}/phone/",
        "protocol": protocol,
        "list": "/studies/MEL-8/participants/",
    }.items():
        page.goto(path)
        assert_reads_well(page, f"consent/staff-{name}")
    page.goto(f"/studies/MEL-8/consent/{draft.pk}/phone/")
    heading(page, "What changed")
    for _ in range(page.locator("[data-step]").count() - 2):
        press_next(page)
    heading(page, "Your choices")

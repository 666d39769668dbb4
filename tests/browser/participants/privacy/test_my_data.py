"""“My data” on a phone: seen, asked, taken back; the receipt; and the staff's inbox."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from participants.people.services import invitations
from participants.privacy.models import DataRequest
from participants.privacy.services import data_requests
from tests.browser.chromium import (
    OpenPage,
    assert_reads_well,
)
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.scoring.factories import RunFactory, ScoreFactory
from tests.participants.privacy.erasing import Filled, carry_out, fill

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def filled(team: Team) -> Filled:
    made = fill(team)
    package = ModelPackageFactory()
    for photo in made.photos:
        ScoreFactory(run=RunFactory(photo=photo, package=package))
    team.sg01.contact_phone, team.sg01.contact_email = "+65 6123 0000", "study@sgclinic.example"
    team.sg01.save()
    return made


@pytest.fixture
def enter(filled: Filled, team: Team) -> Callable[[Page], None]:
    issued = invitations.issue(participant=filled.participant, by=team.amina)

    def open_link(page: Page) -> None:
        page.goto(f"/p/{issued.token}/")
        page.get_by_role("button", name="Open my page").click()
        page.wait_for_url("**/my/")

    return open_link


def check(page: Page, name: str) -> None:
    assert_reads_well(page, name, "small", "tablet")


def test_every_page_is_accessible_and_fits(
    open_page: OpenPage, enter: Callable[[Page], None], filled: Filled
) -> None:
    page = open_page("small")
    enter(page)
    page.goto("/my/data/")
    check(page, "data")
    for wish in ("stop-and-keep", "stop", "erase", "copy"):
        page.goto(f"/my/data/ask/{wish}/")
        check(page, f"data-{wish}")
    request = data_requests.ask(participant=filled.participant, kind="erase", by=filled.participant)
    page.goto("/my/data/")
    check(page, "data-asked")
    receipt = f"/r/{data_requests.receipt_token(request)}/"
    page.goto(receipt)
    check(page, "data-receipt-open")
    carry_out(request)
    page.goto(receipt)
    expect(page.get_by_role("heading", level=1)).to_have_text("Everything is erased")
    check(page, "data-receipt")


def press(page: Page, name: str) -> None:
    """Reach what is called ``name`` with the Tab key alone, and press Enter."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if name in (page.evaluate("document.activeElement.textContent") or ""):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"“{name}” is not reached with the keyboard")


def test_erasing_is_asked_for_and_taken_back_with_the_keyboard(
    phone: Page, enter: Callable[[Page], None], filled: Filled
) -> None:
    enter(phone)
    phone.goto("/my/data/")
    press(phone, "Have everything erased")
    phone.wait_for_url("**/my/data/ask/erase/")
    assert not DataRequest.objects.exists(), "nothing happens before it is confirmed"
    press(phone, "Go on to confirm")
    expect(phone.get_by_text("Please confirm once more")).to_be_visible()
    assert not DataRequest.objects.exists()
    press(phone, "Yes, have everything erased")
    expect(phone.get_by_role("status").first).to_contain_text("received")
    assert DataRequest.objects.get().state == "open"

    press(phone, "Take it back")
    expect(phone.get_by_role("status").first).to_contain_text("Nothing will be erased")
    assert DataRequest.objects.get().state == "taken_back"


def test_stopping_takes_unsent_photos_off_the_phone(
    phone: Page, enter: Callable[[Page], None]
) -> None:
    enter(phone)
    phone.goto("/my/data/ask/stop/")
    phone.evaluate("localStorage.setItem('kept', 'a photo')")
    phone.get_by_role("button", name="Stop, and lock it").click()
    phone.wait_for_url("**/my/data/")
    assert phone.evaluate("localStorage.getItem('kept')") is None
    phone.goto("/my/")
    phone.get_by_role("link", name="My data").click()
    phone.wait_for_url("**/my/data/")


def test_everything_works_without_scripts(
    open_page: OpenPage, filled: Filled, team: Team, site_url: str
) -> None:
    issued = invitations.issue(participant=filled.participant, by=team.amina)
    context = open_page("phone").context.browser.new_context(
        base_url=site_url, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(f"/p/{issued.token}/")
    page.get_by_role("button", name="Open my page").click()
    page.goto("/my/data/ask/erase/")
    page.get_by_role("button", name="Go on to confirm").click()
    page.get_by_role("button", name="Yes, have everything erased").click()
    page.get_by_role("button", name="Take it back").click()
    context.close()
    assert DataRequest.objects.get().state == "taken_back"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_staffs_inbox_and_its_acts(
    open_page: OpenPage, filled: Filled, team: Team, site_url: str, scheme: str
) -> None:
    siti = filled.participant
    data_requests.ask(participant=siti, kind="copy", by=siti)
    request = data_requests.ask(
        participant=siti, kind="erase", by=siti, reason="I have no more time for it."
    )
    client = Client()
    client.force_login(team.amina)
    page = open_page("desktop", scheme=scheme)
    page.context.add_cookies(
        [{"name": "session", "value": client.cookies["session"].value, "url": site_url}]
    )
    base = "/studies/MEL-8"
    page.goto(f"{base}/requests/")
    check(page, f"requests-{scheme}")
    page.goto(f"{base}/participants/{siti.code}/")
    check(page, f"requests-participant-{scheme}")
    page.goto(f"{base}/participants/{siti.code}/withdraw/")
    check(page, f"requests-withdraw-{scheme}")
    page.goto(f"{base}/requests/{request.pk}/erase-now/")
    check(page, f"requests-erase-now-{scheme}")
    page.get_by_role("button", name="Erase now").click()
    carry_out(request)
    page.goto(f"{base}/requests/")
    expect(page.get_by_role("table")).to_contain_text("3 photos removed")
    check(page, f"requests-settled-{scheme}")
    page.goto(f"{base}/participants/{siti.code}/")
    check(page, f"requests-erased-{scheme}")

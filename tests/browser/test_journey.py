"""From enrolment to CSV with real clicks, real processes and the network that ships.

Once on SQLite with the in-memory broker, once on PostgreSQL with Redis. One of the three photos is
of a real face.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import journey
from tests.browser.chromium import OpenPage, follow
from tests.stack import NewStack, Stack

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(params=["embedded", pytest.param("full", marks=pytest.mark.full)])
def product(request: pytest.FixtureRequest, new_stack: NewStack) -> Iterator[Stack]:
    stack = new_stack(request.param)
    stack.manage("load_demo", "--people-only")
    stack.start_web()
    stack.start_worker()
    yield stack
    assert "Traceback" not in stack.log("web") + stack.log("worker")


@pytest.fixture
def site_url(product: Stack) -> str:
    return product.url


def test_from_enrolment_to_csv(product: Stack, open_page: OpenPage, tmp_path: Path) -> None:
    coordinator = open_page("desktop")
    journey.sign_in(coordinator, "amina")
    enrolled = journey.enrol(coordinator)

    phone = open_page("phone")
    journey.open_link(phone, enrolled.link)
    follow(phone.get_by_role("link", name="Start"))
    journey.send_photo(phone, journey.real_face(tmp_path), "front")
    journey.send_photo(phone, journey.drawn_face(tmp_path, "left"), "left")
    journey.send_photo(phone, journey.drawn_face(tmp_path, "right"), "right")
    phone.wait_for_url("**/my/")
    done = phone.get_by_role("heading", name="Thank you", exact=True)
    expect(done).to_be_visible(timeout=journey.MINUTE)
    journey.look(phone, "my-thanks")

    token = enrolled.link.rstrip("/").rsplit("/", 1)[-1]
    for name in ("web", "worker"):
        assert token not in product.log(name)

    investigator = open_page("desktop")
    journey.sign_in(investigator, "chandra")
    see_the_scores(investigator, enrolled.code)
    rows = take_out_the_csv(investigator, tmp_path)
    ours = [row for row in rows if row["participant_id"] == enrolled.code]
    assert {row["view"] for row in ours} == {"front", "left", "right"}
    assert {row["condition"] for row in ours} >= {"melasma", "wrinkles", "pores"}
    assert {row["is_current"] for row in ours} == {"true"}
    assert {row["demonstrator"] for row in ours} == {"true"}
    assert all(0 <= float(row["severity"]) <= 100 for row in ours if row["severity"])

    if "DATABASE_URL" not in product.settings:  # the pages are the same on either database
        look_at_every_page(open_page("phone"), enrolled.code)


def look_at_every_page(page: Page, code: str) -> None:
    """An investigator's pages on a phone."""
    journey.sign_in(page, "chandra")
    for name in (
        "",
        "participants/",
        f"participants/{code}/",
        "photos/",
        "work/",
        "models/",
        "export/",
        "protocol/",
        "people/",
    ):
        page.goto(f"/studies/MEL-8/{name}")
        journey.look(page, f"phone-{name.strip('/').replace('/', '-') or 'overview'}")


def see_the_scores(page: Page, code: str) -> None:
    """The overview, the participant, a photo with its map, and what says where a score is from."""
    page.goto("/studies/MEL-8/")
    journey.look(page, "overview")
    page.goto(f"/studies/MEL-8/participants/{code}/")
    table = page.get_by_role("table").filter(has_text="Start")
    expect(table.first).to_be_visible()
    expect(page.get_by_text("Demonstrator").first).to_be_visible(timeout=journey.MINUTE)
    journey.look(page, "participant")
    follow(page.locator("main a[href*='/photos/']").first)
    expect(page.get_by_text("Demonstrator").first).to_be_visible()
    journey.look(page, "photo")


def take_out_the_csv(page: Page, folder: Path) -> list[dict[str, str]]:
    """Download the long file from the export page and read it."""
    page.goto("/studies/MEL-8/export/")
    journey.look(page, "export")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download long CSV").click()
    path = folder / "long.csv"
    started.value.save_as(path)
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))

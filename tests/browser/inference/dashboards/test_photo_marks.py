"""Outlines of regions over a photo, and notes marked on it by mouse, touch and keyboard."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from participants.capture.models import Photo
from participants.photo_notes.models import PhotoNote
from participants.queries.models import Query
from tests.browser.inference.dashboards.test_viewer import BESIDE, opened, settled
from tests.browser.signed_in import sign_in
from tests.conftest import Team

pytestmark = pytest.mark.browser


def photo_page(page: Page, photo: Photo) -> Locator:
    stage = opened(page, f"/studies/MEL-8/photos/{photo.pk}/")
    stage.scroll_into_view_if_needed()
    settled(stage)
    return stage


def box_of(part: Locator) -> dict[str, float]:
    box = part.bounding_box()
    assert box is not None
    return dict(box)


def test_outlines_follow_the_photo_and_one_is_brought_out_by_its_name(
    desktop: Page, team: Team, scored: Photo
) -> None:
    sign_in(desktop, team.chandra)
    stage = photo_page(desktop, scored)
    lines = stage.locator(".stage__outlines polygon")
    expect(lines).to_have_count(0)
    desktop.get_by_label("Outlines of the regions").check()
    expect(lines.first).to_be_attached()
    chin = lines.last
    before = box_of(chin)
    stage.get_by_role("button", name="Zoom in").click()
    settled(stage)
    assert box_of(chin)["width"] == pytest.approx(1.5 * before["width"], rel=0.05)
    desktop.locator(".outlines__list summary").click()
    desktop.get_by_role("button", name="Chin", exact=True).click()
    expect(stage.locator("polygon.is-chosen")).to_have_count(1)
    expect(stage.locator(".stage__outlines text.is-chosen")).to_have_text("Chin")
    desktop.get_by_label("Outlines of the regions").uncheck()
    expect(lines).to_have_count(0)


def test_a_rectangle_drawn_with_the_mouse_is_kept_as_a_note(
    desktop: Page, team: Team, scored: Photo
) -> None:
    sign_in(desktop, team.chandra)
    stage = photo_page(desktop, scored)
    stage.get_by_role("button", name="Note on a rectangle").click()
    box = box_of(stage.locator("[data-deep]"))
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    desktop.mouse.move(x, y)
    desktop.mouse.down()
    desktop.mouse.move(x + 40, y + 30, steps=4)
    desktop.mouse.move(x + 80, y + 60, steps=4)
    desktop.mouse.up()
    expect(stage.locator(".stage__drawing polygon")).to_have_count(1)
    zoomed = settled(stage)
    desktop.get_by_label("In words").fill("A scar")
    desktop.get_by_role("button", name="Keep as a note").click()
    expect(desktop.locator("#note-1")).to_contain_text("A scar")
    note = PhotoNote.objects.get()
    assert note.region["width"] * (scored.width or 0) * zoomed == pytest.approx(80, abs=2)
    assert note.region["x"] == pytest.approx(0.5, abs=0.02)
    expect(stage.locator(".stage__notes polygon")).to_have_count(1)
    desktop.get_by_label("Show them").uncheck()
    expect(stage.locator(".stage__notes polygon")).to_have_count(0)
    desktop.get_by_role("button", name="Show on the photo").click()
    expect(stage.locator(".stage__notes polygon.is-chosen")).to_have_count(1)


def test_a_point_by_touch_and_a_query_about_it_lead_back_to_the_photo(
    phone: Page, team: Team, scored: Photo
) -> None:
    sign_in(phone, team.chandra)
    stage = photo_page(phone, scored)
    stage.get_by_role("button", name="Note at a point").tap()
    box = box_of(stage.locator("[data-deep]"))
    phone.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    phone.get_by_label("In words").fill("Is this a mole?")
    phone.get_by_role("button", name="raise a query").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("a point of it")
    query = Query.objects.get()
    assert (query.region["width"], query.region["height"]) == (0, 0)
    assert query.region["x"] == pytest.approx(0.5, abs=0.02)
    phone.get_by_role("link", name="Open the photo").click()
    stage = phone.locator("[data-stage][data-state=ready]")
    expect(stage.locator(".stage__notes circle.is-query.is-chosen")).to_have_count(2)
    expect(phone.locator(f"#query-{query.number}")).to_have_class(re.compile("is-shown"))


def test_a_rectangle_drawn_by_a_finger(phone: Page, team: Team, scored: Photo) -> None:
    sign_in(phone, team.chandra)
    stage = photo_page(phone, scored)
    stage.get_by_role("button", name="Note on a rectangle").tap()
    box = box_of(stage.locator("[data-deep]"))
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    line = phone.context.new_cdp_session(phone)
    for kind, by in (("Start", 0), ("Move", 20), ("Move", 40), ("Move", 60), ("End", None)):
        points = [] if by is None else [{"x": x + by, "y": y + by}]
        line.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
        phone.wait_for_timeout(60)
    drawn = box_of(stage.locator(".stage__drawing polygon"))
    assert drawn["width"] == pytest.approx(60, abs=10)
    phone.get_by_role("button", name="Take the mark away").click()
    expect(stage.locator(".stage__drawing")).to_have_count(0)
    expect(phone.get_by_label("In words")).to_be_hidden()


def test_the_keyboard_moves_a_cross_and_sets_two_corners(
    desktop: Page, team: Team, scored: Photo
) -> None:
    sign_in(desktop, team.chandra)
    stage = photo_page(desktop, scored)
    stage.get_by_role("button", name="Note on a rectangle").focus()
    desktop.keyboard.press("Enter")
    expect(stage.locator(".stage__drawing line")).to_have_count(2)
    desktop.keyboard.press("Enter")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowDown"):
        desktop.keyboard.press(key)
    desktop.keyboard.press("Enter")
    region = desktop.locator("[name=region]").input_value().split(",")
    size = (scored.width or 0, scored.height or 0)
    drawn = [
        float(share) * side * settled(stage) for share, side in zip(region[2:], size, strict=True)
    ]
    assert drawn == pytest.approx([20, 11], abs=1)
    expect(desktop.get_by_label("In words")).to_be_focused()
    stage.get_by_role("button", name="Note at a point").focus()
    desktop.keyboard.press("Enter")
    desktop.keyboard.press("Escape")
    expect(stage.locator(".stage__drawing line")).to_have_count(0)


def test_outlines_come_in_step_on_photos_side_by_side(
    desktop: Page, team: Team, scored: Photo
) -> None:
    sign_in(desktop, team.chandra)
    first, second = opened(desktop, BESIDE).all()
    box = desktop.get_by_label("Outlines of the regions").first
    box.check()
    expect(second.locator(".stage__outlines polygon").first).to_be_attached()
    desktop.get_by_role("checkbox", name="In step").uncheck()
    box.uncheck()
    expect(first.locator(".stage__outlines polygon")).to_have_count(0)
    expect(second.locator(".stage__outlines polygon").first).to_be_attached()

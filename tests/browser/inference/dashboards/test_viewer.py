"""The photo in its viewer, and photos of several visits in step."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from participants.capture.models import Photo
from studies.platform.storage import read
from studies.record.models import AuditEvent
from tests.browser.signed_in import sign_in
from tests.conftest import Team

pytestmark = pytest.mark.browser

BESIDE = "/studies/MEL-8/participants/SG01-0001/views/front/"


def opened(page: Page, address: str) -> Locator:
    page.goto(address)
    stages = page.locator("[data-stage]")
    for stage in stages.all():
        expect(stage).to_have_attribute("data-state", "ready")
    return stages


def zoom(stage: Locator) -> float:
    return float(stage.get_attribute("data-zoom") or "nan")


def settled(stage: Locator) -> float:
    """The zoom once it has stopped to move."""
    before = 0.0
    while abs(zoom(stage) - before) > 1e-6:
        before = zoom(stage)
        stage.page.wait_for_timeout(300)
    return before


def picture_of(part: Locator) -> str:
    """What the viewer has drawn there."""
    return str(part.locator("canvas").first.evaluate("canvas => canvas.toDataURL()"))


def expect_other(part: Locator, before: bytes) -> None:
    for _ in range(20):
        if picture_of(part) != before:
            return
        part.page.wait_for_timeout(200)
    raise AssertionError("it looks as it did")


def seen(photo: Photo) -> int:
    events = AuditEvent.objects.filter(action="photo.view", object_id=str(photo.pk))
    return events.count()


def test_it_zooms_to_the_pixel_measures_and_fills_the_screen(
    desktop: Page, team: Team, scored: Photo
) -> None:
    Photo.objects.filter(pk=scored.pk).update(quality=with_scale(scored, 0.2))
    sign_in(desktop, team.chandra)
    stage = opened(desktop, f"/studies/MEL-8/photos/{scored.pk}/")
    assert seen(scored) == 1, "one look is one event"
    whole = settled(stage)
    stage.get_by_role("button", name="One pixel of the photo").click()
    expect(stage).to_have_attribute("data-zoom", "1.000")
    expect(stage.locator("[data-scale]")).to_contain_text("20 mm")
    stage.get_by_role("button", name="Measure a distance").click()
    picture = stage.locator("[data-deep]")
    for x in (100, 200):
        picture.click(position={"x": x, "y": 300})
        desktop.wait_for_timeout(400)
    expect(stage.get_by_role("status")).to_have_text("20 mm ± 1.2 mm")
    desktop.keyboard.press("Escape")
    stage.get_by_role("button", name="Full screen").click()
    expect(stage).to_have_class(re.compile("stage--filling"))
    stage.get_by_role("button", name="Full screen").click()
    expect(stage).not_to_have_class(re.compile("stage--filling"))
    stage.get_by_role("button", name="Whole photo").click()
    assert settled(stage) == pytest.approx(whole, rel=0.02)
    assert seen(scored) == 1


def with_scale(photo: Photo, mm: float) -> dict[str, object]:
    face = (photo.quality or {}).get("face") or {}
    scale = {"mm_per_pixel": mm, "error": 0.06, "source": "iris"}
    return {**(photo.quality or {}), "face": {**face, "scale": scale}}


def test_the_page_scrolls_past_a_viewer_that_nobody_chose(
    phone: Page, team: Team, scored: Photo
) -> None:
    sign_in(phone, team.chandra)
    stage = opened(phone, f"/studies/MEL-8/photos/{scored.pk}/")
    stage.scroll_into_view_if_needed()
    before, top = settled(stage), phone.evaluate("window.scrollY")
    stage.hover()
    phone.mouse.wheel(0, 200)
    phone.wait_for_timeout(600)
    assert zoom(stage) == before
    assert phone.evaluate("window.scrollY") > top


def test_a_map_and_the_cleaned_photo_lie_over_the_photo_and_leave_again(
    desktop: Page, team: Team, scored: Photo
) -> None:
    sign_in(desktop, team.chandra)
    stage = opened(desktop, f"/studies/MEL-8/photos/{scored.pk}/")
    settled(stage)
    plain = picture_of(stage)
    desktop.get_by_role("radio", name="Wrinkles").check(force=True)
    expect(stage).to_have_attribute("data-map", "shown")
    desktop.get_by_label("Strength of the map").fill("100")
    expect_other(stage, plain)
    box = desktop.get_by_label("Show it after preprocessing (standard@1)")
    box.check()
    expect(stage).to_have_attribute("data-cleaned", "shown")
    box.uncheck()
    expect(stage).to_have_attribute("data-cleaned", "")
    desktop.get_by_role("radio", name="None").check(force=True)
    expect(stage).to_have_attribute("data-map", "")
    desktop.wait_for_timeout(600)
    assert picture_of(stage) == plain


def test_a_photo_that_does_not_arrive_says_so_and_is_tried_again(
    desktop: Page, team: Team, scored: Photo
) -> None:
    sign_in(desktop, team.chandra)
    image = f"**/studies/MEL-8/photos/{scored.pk}/upright/"
    desktop.route(image, lambda route: route.abort())
    desktop.goto(f"/studies/MEL-8/photos/{scored.pk}/")
    stage = desktop.locator("[data-stage]")
    expect(stage).to_have_attribute("data-state", "failed")
    expect(stage).to_contain_text("did not arrive")
    desktop.unroute(image)
    stage.get_by_role("button", name="Try again").click()
    expect(stage).to_have_attribute("data-state", "ready")


HELD = """
window.held = new Set();
const make = URL.createObjectURL, free = URL.revokeObjectURL;
URL.createObjectURL = (blob) => { const url = make(blob); held.add(url); return url; };
URL.revokeObjectURL = (url) => { held.delete(url); free(url); };
"""


def test_pictures_that_are_shown_no_more_are_given_back(
    desktop: Page, team: Team, scored: Photo
) -> None:
    sign_in(desktop, team.chandra)
    desktop.add_init_script(HELD)
    stage = opened(desktop, f"/studies/MEL-8/photos/{scored.pk}/")
    for name in ("Wrinkles", "Melasma"):
        desktop.get_by_role("radio", name=name).check(force=True)
        expect(stage).to_have_attribute("data-map", "shown")
    assert desktop.evaluate("held.size") == 2, "the photo and one map"
    desktop.get_by_role("radio", name="None").check(force=True)
    expect(stage).to_have_attribute("data-map", "")
    assert desktop.evaluate("held.size") == 1


def test_on_a_slow_line_it_says_how_much_has_arrived(
    desktop: Page, team: Team, scored: Photo
) -> None:
    sign_in(desktop, team.chandra)
    size = len(read(scored.upright_file))
    line = desktop.context.new_cdp_session(desktop)
    line.send("Network.enable")
    slow = {"offline": False, "latency": 300, "uploadThroughput": size, "downloadThroughput": size}
    desktop.goto(f"/studies/MEL-8/photos/{scored.pk}/")  # what the page is made of is kept
    line.send("Network.emulateNetworkConditions", {**slow, "downloadThroughput": size // 3})
    desktop.reload(wait_until="commit")
    stage = desktop.locator("[data-stage]")
    expect(stage.get_by_role("status")).to_have_text(re.compile(r"Loading the photo, \d+ %"))
    expect(stage.locator("[data-tool=in]")).to_be_disabled()
    expect(stage).to_have_attribute("data-state", "ready", timeout=30_000)
    expect(stage.locator("[data-tool=in]")).to_be_enabled()


def test_two_visits_move_in_step_and_one_lies_under_a_slider(
    desktop: Page, team: Team, scored: Photo
) -> None:
    points = [[300.0 + 20 * n, 400.0 + 13 * (n * n % 7)] for n in range(11)]
    for photo in Photo.objects.filter(visit__participant__site=team.sg01, view="front"):
        by = 1.25 if photo.pk == scored.pk else 1.0
        face = {"points": [[by * x + 9, by * y - 4] for x, y in points]}
        Photo.objects.filter(pk=photo.pk).update(quality={**(photo.quality or {}), "face": face})
    sign_in(desktop, team.chandra)
    stages = opened(desktop, BESIDE)
    expect(stages).to_have_count(2)
    first, second = stages.all()
    first.get_by_role("button", name="Zoom in").click()
    assert settled(first) / settled(second) == pytest.approx(1.25, rel=0.01)
    desktop.get_by_role("checkbox", name="In step").uncheck()
    alone = settled(second)
    first.get_by_role("button", name="Zoom in").click()
    settled(first)
    assert settled(second) == alone
    desktop.get_by_role("checkbox", name="In step").check()
    desktop.get_by_role("radio", name="Slider").check(force=True)
    boxes = [figure.bounding_box() for figure in desktop.locator("[data-one]").all()]
    assert boxes[0] == boxes[1]
    desktop.get_by_label("How much of the later photo").fill("0")
    shown = desktop.locator("[data-photos]").screenshot()
    desktop.get_by_label("How much of the later photo").fill("100")
    assert desktop.locator("[data-photos]").screenshot() != shown
    desktop.get_by_role("radio", name="Flicker").check(force=True)
    expect(desktop.locator("[data-photos]")).to_have_attribute("data-shown", "first")
    desktop.get_by_role("button", name="Stop").click()
    expect(desktop.get_by_role("button", name="In turn again")).to_be_visible()

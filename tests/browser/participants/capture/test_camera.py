"""The guided camera of a phone that sees a film of a face: hints, shutter, keep, fallbacks."""

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from participants.capture.models import Photo
from tests.browser.chromium import Pages, assert_accessible, assert_no_sideways_scroll
from tests.browser.guided import (
    FRONT,
    STARTS,
    engine_ready,
    hint,
    open_camera,
    verdict,
)
from tests.browser.lab import jpeg_of
from tests.browser.outbox import says, wait_until, without_worker
from tests.browser.videos import CAMERA_REFUSED, HEIGHT, NO_CAMERA, WIDTH, picture
from tests.browser.visiting import link_of, press_open
from tests.line import Profile, line

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("camera"),
]

LEFT = "/my/visits/week-0/left/"
NO_ENGINE = "**/lib/face_mesh/face_mesh.js"


def arrived(page: Page, count: int = 1) -> list[Photo]:
    wait_until(page, lambda: Photo.objects.count() == count, "the photos arrived", seconds=40)
    return list(Photo.objects.order_by("received_at"))


# --- The shutter -------------------------------------------------------------------------------


def test_a_good_picture_takes_itself_and_is_kept(camera_phone, enter):
    """The preview is mirrored, the file is not; how it was taken goes with it."""
    page = enter(camera_phone)
    open_camera(page)
    expect(verdict(page)).to_have_text("A good photo", timeout=STARTS)
    assert_accessible(page)
    page.get_by_role("button", name="Keep this photo").click()
    page.wait_for_url(f"**{LEFT}")
    expect(page.locator("#cam-title")).to_have_text("Left cheek")
    expect(page.locator("#cam-title")).to_be_focused()
    (photo,) = arrived(page)
    assert photo.view == "front"
    told = photo.capture
    assert (told["engine"], told["trigger"], told["mirrored"]) == ("landmarks", "auto", False)
    assert told["method"] in ("image_capture", "video_frame")
    assert (told["width"], told["height"]) == (WIDTH, HEIGHT)
    assert told["alignment"] is None
    assert told["override"] == []
    assert 200 < told["measures"]["inter_eye"] < 400


def test_the_next_view_needs_neither_camera_nor_engine_anew(camera_phone, enter):
    page = enter(camera_phone)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_camera(page)
    page.get_by_role("button", name="Keep this photo").click(timeout=STARTS)
    page.wait_for_url(f"**{LEFT}")
    expect(hint(page)).to_have_text("Turn your head further to your right.")
    assert sum(url.endswith("_simd_wasm_bin.wasm") for url in asked) == 1
    assert not any(url.endswith("/left/") for url in asked)
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Left cheek", level=1)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Front", level=1)).to_be_visible()


def test_who_wants_to_press_the_button_is_not_overtaken(camera_phone, enter):
    page = enter(camera_phone)
    page.goto(FRONT)
    page.evaluate("() => localStorage.setItem('camera', JSON.stringify({ auto: false }))")
    open_camera(page)
    expect(hint(page)).to_have_text("Good. Press the button.", timeout=STARTS)
    page.get_by_role("button", name="Take the photo", exact=True).click()
    expect(verdict(page)).to_have_text("A good photo", timeout=STARTS)
    page.get_by_role("button", name="Keep this photo").click()
    (photo,) = arrived(page)
    assert photo.capture["trigger"] == "shutter"


def test_the_ring_fills_while_all_is_good(camera_phone, enter):
    page = enter(camera_phone)
    page.add_init_script(WATCH_RING)
    open_camera(page)
    expect(verdict(page)).to_have_text("A good photo", timeout=STARTS)
    shares = page.evaluate("() => globalThis.shares")
    assert shares[0] == 0
    assert max(shares) > 0.5


# What is seen of the ring, as a share, each time it changes.
WATCH_RING = """
addEventListener("DOMContentLoaded", () => {
  const ring = document.querySelector("[data-ring]");
  if (!ring) return;
  const share = () => 1 - parseFloat(getComputedStyle(ring).strokeDashoffset) / 100;
  globalThis.shares = [share()];
  new MutationObserver(() => globalThis.shares.push(share())).observe(ring, { attributes: true });
  ring.addEventListener("transitionend", () => globalThis.shares.push(share()));
});
"""


def test_a_photo_can_be_taken_again(camera_phone, enter):
    page = enter(camera_phone)
    open_camera(page)
    page.get_by_role("button", name="Take it again").click(timeout=STARTS)
    expect(page.locator("#cam-title")).to_be_focused()
    expect(verdict(page)).to_have_text("A good photo", timeout=STARTS)
    assert not Photo.objects.exists()


# As on a phone whose memory does not hold the still: the page that decodes it does not come back.
NO_MEMORY = """
const decode = globalThis.createImageBitmap;
globalThis.createImageBitmap = (source, ...rest) => {
  if (!(source instanceof Blob)) return decode(source, ...rest);
  localStorage.setItem("decoding", "yes");
  return new Promise(() => {});
};
"""


def test_a_page_that_dies_while_it_judges_finds_the_photo_again(camera_phone, enter):
    without_worker(camera_phone)
    page = enter(camera_phone)
    page.add_init_script(NO_MEMORY)
    page.route(NO_ENGINE, lambda route: route.abort())
    open_camera(page)
    page.get_by_role("button", name="Take the photo", exact=True).click()
    wait_until(page, lambda: page.evaluate("localStorage.decoding") == "yes", "it is decoded")
    page.reload()
    expect(page.get_by_text("Your photo is still here")).to_be_visible()
    expect(page.get_by_role("button", name="Open the camera")).to_be_hidden()
    assert_accessible(page)
    assert not Photo.objects.exists(), "nobody said that it is to be sent"
    page.goto("/my/")
    says(page, "A photo waits for your decision")
    expect(page.locator("[data-steps] [data-view=front]")).to_contain_text("Kept here, not sent")
    page.goto(FRONT)
    page.get_by_role("button", name="Send this photo").click()
    page.wait_for_url(f"**{LEFT}")
    (photo,) = arrived(page)
    assert photo.capture["trigger"] == "shutter"


# --- Hints -------------------------------------------------------------------------------------


# Each film, and the one hint that it earns.
HINTS = {
    "dark": "It is too dark. Face a window or a lamp.",
    "bright": "It is too bright. Turn away from the sun or the lamp.",
    "blurred": "The picture is blurred. Hold still, and wipe the lens.",
    "far": "Bring the phone a little closer.",
    "near": "Move the phone a little further away.",
    "large": "Move the phone a little further away.",
    "turned": "Turn your head a little to your right.",
    "tilted": "Hold your head and the phone upright.",
    "side_lit": "One side is darker. Turn so that the light comes from in front.",
    "empty": "Bring your face into the outline.",
    "two_faces": "Only you in the picture, please.",
}


def test_each_bad_picture_gets_the_right_hint_and_takes_no_photo(camera_phone, camera, enter):
    """One film after the other before the open camera; the hint is heard as well as seen."""
    page = enter(camera_phone)
    camera.show("two_faces")
    open_camera(page)
    engine_ready(page)
    for film, words in HINTS.items():
        camera.show(film)
        expect(hint(page)).to_have_text(words, timeout=STARTS)
        expect(page.locator("#camera [data-say]")).to_have_text(words, timeout=STARTS)
        expect(page.locator("#camera")).to_have_attribute("data-tone", "mend")
        expect(page.locator("[data-stage=review]")).to_be_hidden()


def test_a_moving_phone_takes_no_photo(camera_phone, camera, enter):
    page = enter(camera_phone)
    camera.show("moving")
    open_camera(page)
    engine_ready(page)
    still = page.get_by_text("Hold still", exact=False).first
    expect(still).to_be_visible()
    expect(page.locator("[data-stage=review]")).to_be_hidden()


def test_a_photo_taken_in_spite_of_the_hint_says_what_is_wrong(camera_phone, camera, enter):
    page = enter(camera_phone)
    camera.show("dark")
    open_camera(page)
    engine_ready(page)
    page.get_by_role("button", name="Take the photo", exact=True).click()
    expect(verdict(page)).to_have_text("This photo may be refused", timeout=STARTS)
    expect(page.locator("[data-doubts]")).to_contain_text("The photo is too dark.")
    assert_accessible(page)
    page.get_by_role("button", name="Keep it all the same").click()
    (photo,) = arrived(page)
    assert "too_dark" in photo.capture["override"]


# --- Fallbacks ---------------------------------------------------------------------------------


def test_without_the_engine_light_and_blur_are_checked(camera_phone, enter):
    without_worker(camera_phone)  # which would fetch the engine past the test
    page = enter(camera_phone)
    page.route(NO_ENGINE, lambda route: route.abort())
    open_camera(page)
    expect(hint(page)).to_have_text("Fit your face to the outline, then press the button.")
    page.get_by_role("button", name="Take the photo", exact=True).click()
    page.get_by_role("button", name="Keep this photo").click()
    (photo,) = arrived(page)
    assert photo.capture["engine"] == "light"
    assert "blur" in photo.capture["measures"]


def test_in_the_dark_the_light_check_says_so_without_the_engine(camera_phone, camera, enter):
    without_worker(camera_phone)
    page = enter(camera_phone)
    camera.show("dark")
    page.route(NO_ENGINE, lambda route: route.abort())
    open_camera(page)
    expect(hint(page)).to_have_text("It is too dark. Face a window or a lamp.")


def test_on_a_slow_line_light_guides_until_the_face_finder_has_come(
    camera_pages: Pages, visit, team, site_url
):
    slow = Profile("slow", kilobits=6000, delay_ms=20)
    with line(slow, urlsplit(site_url).port or 0) as used:
        page = camera_pages.open("phone", base_url=used.url)
        press_open(page, link_of(visit.participant, team))
        page.evaluate("() => localStorage.setItem('camera', JSON.stringify({ auto: false }))")
        open_camera(page)
        expect(page.get_by_text("% is here.")).to_be_visible(timeout=STARTS)
        expect(hint(page)).to_have_text("Fit your face to the outline, then press the button.")
        used.profile = replace(slow, kilobits=80_000)
        expect(hint(page)).to_have_text("Good. Press the button.", timeout=STARTS)
        expect(page.get_by_text("% is here.")).to_be_hidden()


@pytest.mark.parametrize("script", [NO_CAMERA, CAMERA_REFUSED])
def test_without_a_camera_the_phones_own_completes_the_view(
    camera_phone, camera_pages: Pages, enter, script
):
    page = camera_pages.open("phone")
    page.add_init_script(script)
    enter(page)
    page.goto(FRONT)
    if script == CAMERA_REFUSED:
        page.get_by_role("button", name="Open the camera").click()
    why = "is not allowed" if script == CAMERA_REFUSED else "This browser offers no camera."
    expect(page.get_by_text(why)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Open the camera")).to_be_hidden()
    take = page.locator(".mine__action").get_by_role("button", name="Take the photo")
    expect(take).to_be_in_viewport(ratio=1)
    with page.expect_file_chooser():
        take.click()
    expect(page.locator("#photo")).to_have_attribute("capture", "user")
    with page.expect_file_chooser():
        page.get_by_role("button", name="Choose a photo from the gallery").click()
    assert page.locator("#photo").get_attribute("capture") is None, "the gallery, not the camera"
    assert_accessible(page)
    choose(page, "front")
    expect(verdict(page)).to_have_text("A good photo", timeout=STARTS)
    page.get_by_role("button", name="Keep this photo").click()
    page.wait_for_url(f"**{LEFT}")
    expect(page.get_by_role("heading", name="Left cheek", level=1)).to_be_visible()
    (photo,) = arrived(page)
    assert (photo.capture["method"], photo.capture["trigger"]) == ("file", "file")


def test_an_old_browser_that_cannot_show_the_camera_keeps_the_photo_all_the_same(phone, enter):
    phone.add_init_script("delete HTMLDialogElement.prototype.showModal;")
    page = enter(phone)
    page.goto(FRONT)
    expect(page.get_by_text("This browser offers no camera.")).to_be_visible()
    choose(page, "front")
    page.wait_for_url(f"**{LEFT}")
    (photo,) = arrived(page)
    assert (photo.capture["method"], photo.capture["engine"]) == ("file", "none")


def choose(page: Page, film: str) -> None:
    page.locator("#photo").set_input_files(
        {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": jpeg_of(picture(film))}
    )


def test_a_text_file_with_a_photos_name_is_doubted_on_the_phone(phone, enter):
    page = enter(phone)
    page.goto(FRONT)
    page.locator("#photo").set_input_files(
        {"name": "letter.jpg", "mimeType": "image/jpeg", "buffer": b"Dear study team"}
    )
    expect(page.get_by_text("This file is not a photo.")).to_be_visible(timeout=STARTS)
    assert_accessible(page)


def test_a_heic_that_the_browser_cannot_show_may_be_sent(phone, enter):
    page = enter(phone)
    page.goto(FRONT)
    page.locator("#photo").set_input_files(
        {"name": "IMG_1.HEIC", "mimeType": "image/heic", "buffer": b"\0\0\0\x18ftypheic" * 40}
    )
    expect(page.get_by_text("This phone cannot show the photo here.")).to_be_visible(timeout=STARTS)
    page.get_by_role("button", name="Keep this photo").click(timeout=STARTS)
    (photo,) = arrived(page)
    assert photo.capture["engine"] == "none"


# --- Small phones, settings --------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_camera_fits_the_smallest_phone_with_large_text(camera_pages: Pages, enter, scheme):
    page = enter(camera_pages.open("small", scheme=scheme))
    page.goto(FRONT)
    page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    page.get_by_role("button", name="Open the camera").click()
    engine_ready(page)
    assert_no_sideways_scroll(page)
    shutter = page.get_by_role("button", name="Take the photo", exact=True)
    box = shutter.bounding_box()
    if box is not None:  # the photo may have taken itself meanwhile
        assert box["y"] + box["height"] <= 740
    page.get_by_role("button", name="Keep this photo").scroll_into_view_if_needed(timeout=STARTS)
    assert_accessible(page)


def test_switches_are_remembered(camera_phone, enter):
    page = enter(camera_phone)
    open_camera(page)
    page.get_by_role("button", name="Camera settings").click()
    page.get_by_role("switch", name="Take the photo by itself").uncheck()
    assert_accessible(page)
    page.get_by_role("button", name="Done").click()
    page.reload()
    open_camera(page)
    page.get_by_role("button", name="Camera settings").click()
    expect(page.get_by_role("switch", name="Take the photo by itself")).not_to_be_checked()

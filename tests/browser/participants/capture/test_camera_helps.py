"""What helps beside the picture: voice, buzz, a lit screen, the other camera, the earlier photo.

No machine for tests has a voice, a motor or two cameras: what the page asks of each is noted.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from participants.capture.models import Photo
from tests.browser.guided import (
    FRONT,
    STARTS,
    engine_ready,
    hint,
    open_camera,
    verdict,
)
from tests.browser.outbox import arrived
from tests.browser.visiting import Enter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("camera"),
]

# What the page asks of the phone, in `asked`, by the helper's name.
NOTED = """
globalThis.asked = { voice: [], buzz: [], facing: [], lit: 0 };
const voice = {
  getVoices: () => [{ lang: "en-GB" }],
  speak: (line) => asked.voice.push([line.lang, line.text]),
  cancel: () => {},
};
Object.defineProperty(globalThis, "speechSynthesis", { value: voice });
navigator.vibrate = (pattern) => asked.buzz.push(pattern);
const lock = { release: () => { asked.lit -= 1; } };
const wakeLock = { request: async () => { asked.lit += 1; return lock; } };
Object.defineProperty(navigator, "wakeLock", { value: wakeLock });
const media = navigator.mediaDevices;
const open = media.getUserMedia.bind(media);
media.getUserMedia = (wanted) => {
  asked.facing.push(wanted.video.facingMode.ideal);
  return open(wanted);
};
const known = MediaStreamTrack.prototype.getSettings;
MediaStreamTrack.prototype.getSettings = function () {
  return { ...known.call(this), facingMode: asked.facing.at(-1) };
};
const devices = media.enumerateDevices.bind(media);
media.enumerateDevices = async () => [...(await devices()), { kind: "videoinput" }];
"""


@pytest.fixture
def noted(camera_phone: Page, enter: Enter) -> Page:
    """A phone whose voice, motor and cameras note what is asked of them."""
    camera_phone.add_init_script(NOTED)
    return enter(camera_phone)


def prefer(page: Page, **settings: object) -> None:
    page.goto(FRONT)
    page.evaluate("(wanted) => localStorage.setItem('camera', JSON.stringify(wanted))", settings)


def asked(page: Page) -> dict:
    return dict(page.evaluate("() => globalThis.asked"))


def switch(page: Page, name: str) -> Callable[[], None]:
    """Open the settings and return what closes them after a press on this switch."""
    page.get_by_role("button", name="Camera settings").click()
    page.get_by_role("switch", name=name).click()
    return page.get_by_role("button", name="Done").click


def test_hints_are_spoken_to_who_wants_it_and_the_screen_stays_lit(noted, camera):
    camera.show("empty")
    open_camera(noted)
    engine_ready(noted)
    expect(hint(noted)).to_have_text("Bring your face into the outline.", timeout=STARTS)
    assert asked(noted)["voice"] == [], "nobody asked for it yet"
    assert asked(noted)["lit"] == 1
    switch(noted, "Read the hints aloud")()
    noted.wait_for_function("() => asked.voice.length", timeout=STARTS)
    assert asked(noted)["voice"][0] == ["en-GB", "Bring your face into the outline."]
    noted.keyboard.press("Escape")
    expect(noted.locator("#camera")).to_be_hidden()
    assert asked(noted)["lit"] == 0


def test_the_photo_taken_is_felt_and_said(noted):
    prefer(noted, spoken=True)
    open_camera(noted)
    expect(verdict(noted)).to_have_text("A good photo", timeout=STARTS)
    told = asked(noted)
    assert [60, 60, 60] in told["buzz"]
    assert told["voice"][-1][1].startswith("A good photo")


def test_the_other_camera_is_asked_for_and_its_picture_is_not_mirrored(noted):
    prefer(noted, auto=False)
    open_camera(noted)
    engine_ready(noted)
    video = noted.locator("#camera video")
    expect(video).to_have_class("is-mirrored")
    noted.get_by_role("button", name="Use the other camera").click()
    expect(hint(noted)).to_have_text("Good. Press the button.", timeout=STARTS)
    expect(video).not_to_have_class("is-mirrored")
    assert asked(noted)["facing"] == ["user", "environment"]
    noted.reload()
    open_camera(noted)
    assert asked(noted)["facing"] == ["environment"], "it is remembered"


def test_the_earlier_photo_lies_faintly_over_the_picture_until_it_is_switched_off(noted):
    reference = """async () => {
      const { reference } = await import("/static/js/participants/capture/outbox.js");
      return Boolean(await reference("front"));
    }"""
    prefer(noted, ghost=True)
    open_camera(noted)
    ghost = noted.locator("[data-ghost]")
    expect(ghost).to_be_hidden()
    noted.get_by_role("button", name="Keep this photo").click(timeout=STARTS)
    noted.wait_for_url("**/left/")
    noted.keyboard.press("Escape")
    assert noted.evaluate(reference)
    arrived(noted, 1)
    Photo.objects.update(state=Photo.State.RETAKE_WANTED)
    prefer(noted, ghost=True, auto=False)
    open_camera(noted)
    expect(ghost).to_be_visible()
    assert ghost.evaluate("(image) => image.naturalWidth") > 0
    expect(ghost).to_have_css("opacity", "0.28")
    switch(noted, "Show a faint picture of an earlier photo")()
    expect(ghost).to_be_hidden()
    assert not noted.evaluate(reference)


def test_a_press_before_the_camera_is_there_counts_once_it_is(camera_phone, enter):
    camera_phone.add_init_script(
        """const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (wanted) => {
          await new Promise((on) => setTimeout(on, 1500));
          return open(wanted);
        };"""
    )
    page = enter(camera_phone)
    prefer(page, auto=False)
    page.get_by_role("button", name="Open the camera").click()
    page.get_by_role("button", name="Take the photo", exact=True).click()
    assert page.locator("#camera video").evaluate("(video) => video.videoWidth") == 0
    expect(verdict(page)).to_have_text("A good photo", timeout=STARTS)

"""The camera of the other browser tests works as they take it to."""

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import Pages
from tests.browser.outbox import wait_until
from tests.browser.videos import CAMERA_REFUSED, HEIGHT, NO_CAMERA, WIDTH, FakeCamera

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ASK = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { width: { ideal: 4096 }, height: { ideal: 4096 }, facingMode: "user" },
  });
  const [track] = stream.getVideoTracks();
  const picture = await createImageBitmap(await new ImageCapture(track).takePhoto());
  const canvas = new OffscreenCanvas(8, 8);
  const brush = canvas.getContext("2d");
  brush.drawImage(picture, 0, 0, 8, 8);
  const pixels = brush.getImageData(0, 0, 8, 8).data;
  track.stop();
  const light = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  return { width: picture.width, height: picture.height, light };
}"""


def test_a_page_sees_the_video_that_is_shown_when_it_asks(
    camera_phone: Page, camera: FakeCamera
) -> None:
    camera_phone.goto("/health/")
    good = camera_phone.evaluate(ASK)
    assert (good["width"], good["height"]) == (WIDTH, HEIGHT)
    camera.show("dark")
    dark = camera_phone.evaluate(ASK)
    assert dark["light"] < 0.75 * good["light"]


WATCH = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ video: true });
  const video = document.createElement("video");
  video.srcObject = stream;
  await video.play();
  const brush = new OffscreenCanvas(8, 8).getContext("2d");
  globalThis.light = () => {
    brush.drawImage(video, 0, 0, 8, 8);
    return brush.getImageData(0, 0, 8, 8).data.reduce((sum, value) => sum + value, 0) / 256;
  };
}"""


def test_a_page_that_has_the_camera_open_sees_what_is_shown_next(
    camera_phone: Page, camera: FakeCamera
) -> None:
    camera_phone.goto("/health/")
    camera_phone.evaluate(WATCH)
    wait_until(camera_phone, lambda: camera_phone.evaluate("light() > 130"), "a good picture")
    camera.show("dark")
    wait_until(camera_phone, lambda: camera_phone.evaluate("light() < 130"), "a dark picture")


@pytest.mark.parametrize("script", [NO_CAMERA, CAMERA_REFUSED])
def test_the_camera_can_be_missing_or_refused(camera_pages: Pages, script: str) -> None:
    page = camera_pages.open("phone")
    page.add_init_script(script)
    page.goto("/health/")
    refused = page.evaluate(
        "async () => { try { await navigator.mediaDevices.getUserMedia({ video: true }); }"
        " catch (error) { return error.name; } }"
    )
    assert refused in ("NotAllowedError", "TypeError")

"""What the guided camera shows: the whole picture, and both choices beside what was measured."""

from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import assert_accessible, assert_no_sideways_scroll
from tests.browser.guided import (
    FRONT,
    STARTS,
    engine_ready,
    hint,
    open_camera,
    verdict,
)
from tests.browser.videos import HEIGHT, WIDTH

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("camera"),
]


# A face and a shutter that nothing covers, and every button on the screen: what is wrong, in words.
FREE = """() => {
  const one = (selector) => document.querySelector(selector);
  const wrong = [];
  const oval = one("[data-shade]").getAttribute("d").split("M").at(-1);
  const face = oval.match(/[-\\d.]+/g).map(Number);
  const at = one("[data-picture]").getBoundingClientRect();
  const xs = face.filter((_, i) => i % 2 === 0).map((x) => x + at.x);
  const ys = face.filter((_, i) => i % 2 === 1).map((y) => y + at.y);
  const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  box[1] -= 0.15 * (box[3] - box[1]); // the forehead
  for (const name of ["hint", "words", "alignment", "where", "controls"]) {
    const part = one(`.cam__${name}`);
    const { left, top, right, bottom, width, height } = part.getBoundingClientRect();
    if (!width || !height) continue;
    const beside = right <= box[0] || left >= box[2] || bottom <= box[1] || top >= box[3];
    if (!beside) wrong.push(`${name} lies on the face`);
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight)
      wrong.push(`${name} leaves the screen`);
    if (part.scrollWidth > part.clientWidth + 1) wrong.push(`${name} is cut`);
  }
  for (const button of document.querySelectorAll(".cam__live button.cam__button, [data-shutter]")) {
    if (!button.offsetWidth) continue;
    const { left, top, right, bottom, x, y, width, height } = button.getBoundingClientRect();
    const name = button.getAttribute("aria-label");
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight)
      wrong.push(`${name} leaves the screen`);
    for (const [dx, dy] of [[0.5, 0.5], [0.5, 0.1], [0.5, 0.9], [0.1, 0.5], [0.9, 0.5]]) {
      const hit = document.elementFromPoint(x + dx * width, y + dy * height);
      if (!button.contains(hit)) wrong.push(`${name} is covered`);
    }
  }
  if (Number.parseFloat(getComputedStyle(one("[data-hint]")).fontSize) < 14)
    wrong.push("the hint cannot be read");
  return wrong;
}"""
# Another hint than the film earns: all that is said is fitted anew when the text's size changes.
ENLARGE = """([percent, words]) => {
  document.querySelector("[data-hint]").textContent = words;
  document.documentElement.style.fontSize = `${percent}%`;
}"""
SCREENS = ((360, 640), (390, 844), (360, 740), (844, 390), (640, 360))
LONG_HINT = "One side is darker. Turn so that the light comes from in front."


def test_the_live_picture_shows_what_is_photographed(camera_phone, enter):
    """Whole, undistorted, with the outline on it, without a veil while it is good; and whatever the
    text's size, face and shutter are free.
    """
    page = enter(camera_phone)
    page.goto(FRONT)
    page.evaluate("() => localStorage.setItem('camera', JSON.stringify({ auto: false }))")
    open_camera(page)
    expect(hint(page)).to_have_text("Good. Press the button.", timeout=STARTS)
    expect(page.locator("[data-shade]")).to_have_css("fill", "rgba(0, 0, 0, 0)")
    expect(page.locator("#camera video")).to_have_css("filter", "none")
    for screen in SCREENS:
        page.set_viewport_size({"width": screen[0], "height": screen[1]})
        page.evaluate(ENLARGE, [90, LONG_HINT])
        page.wait_for_timeout(200)
        whole_picture(page, screen)
        for percent in (100, 150, 200):
            page.evaluate(ENLARGE, [percent, LONG_HINT])
            page.wait_for_timeout(100)
            assert page.evaluate(FREE) == [], (screen, percent)
    page.get_by_role("button", name="Close the camera").click()


def whole_picture(page, screen):
    """The video is on the screen as a whole, and the outline lies in its middle."""
    video = page.locator("#camera video").bounding_box()
    assert video is not None
    assert video["width"] / video["height"] == pytest.approx(WIDTH / HEIGHT, rel=0.01)
    assert min(video["x"], video["y"]) >= 0
    assert video["x"] + video["width"] <= screen[0] + 0.1
    assert video["y"] + video["height"] <= screen[1] + 0.1
    assert page.locator("[data-outline]").bounding_box() == pytest.approx(video)
    line = page.locator("[data-line]").bounding_box()
    assert line is not None
    middle = line["x"] + line["width"] / 2
    assert middle == pytest.approx(video["x"] + video["width"] / 2, abs=2)


@pytest.mark.parametrize("text", ["100%", "200%"])
def test_both_choices_are_whole_beside_all_that_is_said(camera_pages, camera, enter, text):
    """On the smallest phone, with a doubt and large text: what was measured scrolls."""
    page = enter(camera_pages.open("small", scheme="dark"))
    camera.show("side_lit")
    page.goto(FRONT)
    page.evaluate("(text) => { document.documentElement.style.fontSize = text; }", text)
    page.get_by_role("button", name="Open the camera").click()
    engine_ready(page)
    page.get_by_role("button", name="Take the photo", exact=True).click()
    expect(verdict(page)).to_have_text("This photo may be refused", timeout=STARTS)
    page.evaluate(TWO_DOUBTS)
    for name in ("Keep it all the same", "Take it again"):
        button = page.get_by_role("button", name=name)
        box = button.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 740
        seen = "(b) => { const r = b.getBoundingClientRect(); const x = r.x + r.width / 2;"
        seen += " return [r.top + 2, r.bottom - 2].every("
        assert button.evaluate(seen + "(y) => document.elementFromPoint(x, y) === b); }"), name
        # No moment between two ranks, in which words and ground are alike.
        expect(button).to_have_css("transition-property", "none")
    told = page.locator("[data-told]")
    reached = told.evaluate("(t) => { t.scrollTop = 1e4; return t.scrollTop + t.clientHeight; }")
    assert reached >= told.evaluate("(t) => t.scrollHeight") - 1
    assert_no_sideways_scroll(page)
    assert_accessible(page)


# A second sentence, as long as the server's longest, beside the one that the film earns.
TWO_DOUBTS = """() => {
  const doubt = document.querySelector("[data-doubts] li");
  const other = doubt.cloneNode();
  other.textContent = "The photo is blurred. Hold the phone still, and wipe the lens first.";
  doubt.after(other);
}"""


def test_what_was_measured_stands_in_even_lines(camera_phone, enter):
    page = enter(camera_phone)
    open_camera(page)
    expect(verdict(page)).to_have_text("A good photo", timeout=STARTS)
    lines = page.locator("[data-checks] li").all()
    assert len(lines) == 5
    tops, heights = [], []
    for line in lines:
        box = line.bounding_box()
        assert box is not None
        tops.append(box["y"])
        heights.append(box["height"])
    assert max(heights) - min(heights) < 1
    steps = [below - above for above, below in pairwise(tops)]
    assert max(steps) - min(steps) < 1

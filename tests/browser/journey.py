"""The steps of the journey, as a person clicks them."""

import io
import re
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect
from skimage import data

from inference.demo import story
from inference.training.generator.camera import sample_camera
from inference.training.generator.face import draw_photo
from participants.imaging.decode import encode_clean
from tests.browser.chromium import (
    assert_accessible,
    assert_no_sideways_scroll,
    follow,
    screenshot,
)

MINUTE = 60_000


@dataclass(frozen=True)
class Enrolled:
    """What the coordinator has in hand at the end."""

    code: str
    link: str


def look(page: Page, name: str) -> None:
    """What holds on every page visited: accessible, as wide as the window; kept as a picture."""
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    screenshot(page, name)


def real_face(folder: Path) -> Path:
    """Eileen Collins, NASA (public domain), as a phone would send her: a portrait JPEG."""
    portrait = Image.fromarray(data.astronaut()).crop((110, 0, 350, 320))
    out = io.BytesIO()
    portrait.resize((960, 1280), Image.Resampling.LANCZOS).save(out, "JPEG", quality=92)
    path = folder / "IMG_0001.jpg"
    path.write_bytes(out.getvalue())
    return path


def drawn_face(folder: Path, view: str) -> Path:
    """A generated face from this side, as a JPEG."""
    who = story.character(3)
    photo = draw_photo(
        who.identity,
        who.severities(0),
        view=view,  # type: ignore[arg-type]
        seed=11,
        camera=sample_camera(11, difficulty="good"),
        width=720,
        height=960,
    )
    path = folder / f"{view}.jpg"
    path.write_bytes(encode_clean(photo.pixels, quality=90))
    return path


def sign_in(page: Page, name: str) -> None:
    """Sign in through the page, as somebody of the demonstration."""
    page.goto("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    look(page, "sign-in")
    page.get_by_label("Email").fill(f"{name}@demo.example")
    page.get_by_label("Password", exact=True).fill(story.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1, name=re.compile("Studies|Today"))).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("link", name="Melasma over eight weeks").first).to_be_visible()
    look(page, f"home-{name}")


def enrol(page: Page) -> Enrolled:
    """Screen, enrol, record consent and make the personal link."""
    follow(page.get_by_role("link", name="Melasma over eight weeks").first)
    look(page, "overview-empty")
    follow(page.get_by_role("link", name="Participants").first)
    look(page, "participants")
    follow(page.get_by_role("link", name="Enrol").first)
    look(page, "screening")
    for group in page.locator("section[aria-labelledby=inclusion-heading] fieldset").all():
        group.get_by_text("Yes", exact=True).click()
    for group in page.locator("section[aria-labelledby=exclusion-heading] fieldset").all():
        group.get_by_text("No", exact=True).click()
    page.get_by_label("Year of birth").fill("1984")
    page.get_by_text("Female", exact=True).click()
    page.get_by_label("Ethnicity").select_option(label="Malay")
    page.get_by_label("Language").select_option("en")
    page.locator("input[name=fitzpatrick][value='4']").check(force=True)
    page.locator("input[name=monk_tone][value='5']").check(force=True)
    page.get_by_role("button", name="Save the screening").click()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("Enrol SG01-")
    code = heading.inner_text().removeprefix("Enrol ").strip()
    look(page, "enrolment")
    page.locator("input[name=arm]").first.check(force=True)
    page.get_by_label("Name", exact=False).first.fill("Nur Aisyah binti Rahman")
    page.get_by_label("Phone").fill("+65 8123 4567")
    page.get_by_role("button", name=f"Enrol {code}").click()
    page.wait_for_url(f"**/participants/{code}/")
    look(page, "participant-without-consent")
    follow(page.get_by_role("link", name="Record consent"))
    look(page, "consent")
    page.locator("section[aria-labelledby=choices-heading] input").first.check()
    page.get_by_label("name", exact=False).first.fill("Nur Aisyah binti Rahman")
    draw_signature(page)
    page.get_by_role("button", name="Sign", exact=True).click()
    page.wait_for_url(f"**/participants/{code}/")
    look(page, "participant-new")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("#address").inner_text().strip()
    assert "/p/" in link
    look(page, "link-sheet")
    return Enrolled(code, link)


def draw_signature(page: Page) -> None:
    """Sign with the mouse, as with a finger."""
    pad = page.locator("[data-pad] canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 90)
    page.mouse.down()
    for step in range(1, 12):
        rise = 50 if step % 2 else -30
        page.mouse.move(box["x"] + 40 + 22 * step, box["y"] + 90 + rise, steps=4)
    page.mouse.up()


def open_link(page: Page, link: str) -> None:
    """Open the personal link and press its button."""
    page.goto(link)
    look(page, "my-link")
    page.get_by_role("button", name="Open my page").click()
    page.wait_for_url("**/my/")
    assert "/p/" not in page.url
    look(page, "my-home")


def send_photo(page: Page, file: Path, name: str) -> None:
    """Take one photo through the file input, look at it, keep it; the page goes on by itself."""
    look(page, f"my-capture-{name}")
    page.locator("#photo").set_input_files(file)
    keep = page.locator("[data-keep]")
    expect(keep).to_be_visible(timeout=MINUTE)
    look(page, f"my-review-{name}")
    keep.click()

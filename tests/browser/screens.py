"""``make screens``: draw the pictures of ``docs/screens/`` anew from a running demonstration.

Those of the participant's pages, in each state, width and scheme, are drawn by my_screens.py.
``python -m tests.browser.screens --only phone`` (or ``staff``) draws one kind.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from inference.demo import story
from tests.browser.chromium import Pages, started_chromium
from tests.browser.screens_page import write_page
from tests.servers import wait_until
from tests.stack import ROOT, Stack

FOLDER = ROOT / "docs" / "screens"
PEOPLE = 20


def at_rest(stack: Stack) -> bool:
    """Whether every photo is scored."""
    tables = ("participants_photocheck", "inference_run")
    left = [
        stack.sql(f"SELECT count(*) FROM {t} WHERE state IN ('queued', 'running')")[0][0]  # noqa: S608
        for t in tables
    ]
    return not any(left)


def sign_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(f"{name}@demo.example")
    page.get_by_label("Password", exact=True).fill(story.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


def draw(page: Page, name: str, *, full: bool = False) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png", full_page=full)


def draw_staff(pages: Pages, stack: Stack) -> None:
    """What an investigator and a coordinator see."""
    [(code,)] = stack.sql(
        "SELECT p.code FROM participants_participant p JOIN participants_visit v "
        "ON v.participant_id = p.id WHERE v.state = 'complete' GROUP BY p.code "
        "ORDER BY count(*) DESC, p.code LIMIT 1"
    )
    for size in ("desktop", "phone"):
        page = pages.open(size)
        sign_in(page, "chandra")
        for name, path in {
            "overview": "",
            "participants": "participants/",
            "participant": f"participants/{code}/",
            "export": "export/",
            "protocol": "protocol/",
        }.items():
            page.goto(f"/studies/MEL-8/{path}")
            draw(page, f"{name}-{size}")
        page.goto(f"/studies/MEL-8/participants/{code}/")
        curves = page.locator("section").filter(has=page.locator("canvas")).first
        curves.wait_for()
        page.wait_for_load_state("networkidle")
        curves.screenshot(path=FOLDER / f"severity-{size}.png")
        page.locator("main a[href*='/photos/']").first.click()
        draw(page, f"photo-{size}", full=size == "desktop")


def draw_demonstration() -> None:
    """The README's pictures, from a demonstration whose photos are scored."""
    with tempfile.TemporaryDirectory() as folder, started_chromium() as browser:
        stack = Stack(Path(folder), {"GSH_ENV": "demo"})
        try:
            stack.manage("migrate", "--verbosity=0")
            stack.manage("collectstatic", "--noinput", "--verbosity=0")
            stack.manage("load_demo", "--people-only")
            stack.start_web()
            stack.start_worker(concurrency=2)
            stack.manage("load_demo", "--participants", str(PEOPLE))
            wait_until(lambda: at_rest(stack), seconds=600, what="the last score")
            pages = Pages(browser, stack.url)
            draw_staff(pages, stack)
            pages.close()
        finally:
            stack.stop()
    print(f"Drew {len(list(FOLDER.glob('*.png')))} pictures into {FOLDER.relative_to(ROOT)}.")


def draw_phone() -> None:
    """Every page of the participant's, then the page of the docs that shows them."""
    file = str(ROOT / "tests" / "browser" / "my_screens.py")
    subprocess.run([sys.executable, "-m", "pytest", "-q", file], cwd=ROOT, check=True)
    print(f"Drew {len(write_page())} pages of the participant's.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("phone", "staff"))
    given = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    if given.only != "phone":
        draw_demonstration()
    if given.only != "staff":
        draw_phone()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Over a line that cuts a fifth of all requests off in the middle, each photo arrives once.

The line is a proxy of its own (tests/line.py), so what the service worker sends is cut off as well,
and so are answers to requests that the server has carried out.
"""

import os
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from participants.capture.models import Photo, Upload
from studies.platform.storage import read
from tests.browser.chromium import OpenPage
from tests.browser.my_pages import someone
from tests.browser.outbox import keep, nudge, wait_until, waiting
from tests.conftest import Team
from tests.line import Profile, line

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

QUICK = Profile("quick", kilobits=200_000, delay_ms=4)
VIEWS = ("front", "left", "right")


def test_each_photo_arrives_once_over_a_line_that_cuts_a_fifth_of_all_requests(
    open_page: OpenPage, team: Team, site_url: str
) -> None:
    me = someone(team)
    with line(QUICK, urlsplit(site_url).port or 0) as used:
        phone: Page = open_page("phone", base_url=used.url)
        phone.goto(f"/p/{me.token}/")
        phone.get_by_role("button", name="Open my page").click()
        phone.wait_for_url("**/my/")
        phone.wait_for_load_state("networkidle")
        used.profile = replace(QUICK, failing=0.2)
        contents = {}
        for view in VIEWS:
            contents[view] = b"\xff\xd8\xff\xe0" + os.urandom(700_000)
            keep(phone, contents[view], view=view)
        for _ in range(20):
            nudge(phone)  # as “Send now” does, so that the test need not sit out the pauses
            if waiting(phone) == []:
                break
            phone.wait_for_timeout(500)
        wait_until(phone, lambda: waiting(phone) == [], "every photo has left the phone")
        assert used.cut_off > 0
    stored = [(photo.view, read(photo.original_file)) for photo in Photo.objects.all()]
    assert len(stored) == len(VIEWS)
    assert dict(stored) == contents
    assert not Upload.objects.exists()

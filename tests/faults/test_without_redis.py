"""While Redis is away: people sign in, photos arrive and are scored, and all goes on afterwards."""

import re
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest

from inference.demo import story
from tests.faults.conftest import QUICK, send_photos
from tests.faults.test_every_photo_is_scored_once import assert_each_scored_once, at_rest
from tests.servers import free_port, redis_server, wait_until
from tests.stack import NewStack, Stack

pytestmark = [pytest.mark.full, pytest.mark.faults, pytest.mark.slow]


def sign_in(stack: Stack) -> str:
    """The address one arrives at with a right password."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    address = f"{stack.url}/accounts/login/"
    page = browser.open(address, timeout=30).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token is not None
    fields = {
        "csrfmiddlewaretoken": token[1], "login": "dewi@demo.example", "password": story.PASSWORD,
    }  # fmt: skip
    return str(browser.open(address, urlencode(fields).encode(), timeout=30).url)


def test_nobody_waits_for_redis(new_stack: NewStack, tmp_path: Path) -> None:
    port = free_port()
    with redis_server(tmp_path / "redis", port=port) as url:
        stack = new_stack("full", people=True, REDIS_URL=url, **QUICK)
        stack.start_web()
        stack.start_worker()
    assert not sign_in(stack).endswith("/accounts/login/")
    sent = send_photos(stack, people=1)
    wait_until(lambda: at_rest(stack), seconds=90, what=f"the work\n{stack.log('worker')}")
    assert_each_scored_once(stack, len(sent))
    with redis_server(tmp_path / "again", port=port):
        both = send_photos(stack, people=2)
        wait_until(lambda: at_rest(stack), seconds=90, what=f"the rest\n{stack.log('worker')}")
        assert_each_scored_once(stack, len(both))
        wait_until(
            lambda: "pieces of work were taken up" in stack.log("worker"),
            seconds=20,
            what="the stand-in to end",
        )

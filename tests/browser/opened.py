"""The product as the demonstration serves it, with participants at a visit, for commands."""

import re
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

from tests.stack import Stack


@dataclass(frozen=True)
class Demonstration:
    """A running stack of hashed, compressed files, and personal links to visits open today."""

    stack: Stack
    links: list[str]


@contextmanager
def demonstration(*, worker: bool = False) -> Iterator[Demonstration]:
    """Start it in a folder of its own; stop it and remove the folder afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), {"GSH_ENV": "demo"})
        try:
            stack.manage("migrate", "--verbosity=0")
            stack.manage("collectstatic", "--noinput", "--verbosity=0")
            stack.manage("load_demo", "--people-only")
            stack.start_web()
            if worker:
                stack.start_worker()
            told = (Path(stack.environment["VAR_DIR"]) / "demo.txt").read_text()
            yield Demonstration(stack, [word for word in told.split() if "/p/" in word])
        finally:
            stack.stop()


def cookies_of(link: str) -> dict[str, str]:
    """Open a personal link as a browser does; the cookies of the session by name."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with opener.open(link) as page:
        text = page.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text)
    assert token, "the link's page has no form"
    body = urlencode({"csrfmiddlewaretoken": token[1]}).encode()
    opener.open(urllib.request.Request(link, body, {"Referer": link})).close()
    return {cookie.name: cookie.value or "" for cookie in jar}

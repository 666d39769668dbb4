"""What waits on the phone in Firefox ESR and WebKitGTK: sealed, and the visit's pages kept."""

from collections.abc import Iterator

import pytest
from pytest_django.live_server_helper import LiveServer

from participants.visits.models import Visit
from tests.browser.others import BROWSERS, OtherBrowser, wait_for
from tests.browser.outbox import RAW, READY
from tests.browser.visiting import link_of
from tests.conftest import Team

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("other browsers"),
]

# The line is down for what asks the server, so that the photo waits.
KEEP = """(async () => {
  const real = globalThis.fetch;
  globalThis.fetch = (address, options) => String(address).includes("today.json")
    ? Promise.reject(new TypeError("no line")) : real(address, options);
  const { secure, use } = await import("/static/js/participants/capture/outbox.js");
  const bytes = new TextEncoder().encode("JPEG ".repeat(400));
  await use(await secure({ blob: new Blob([bytes]), visit: "week-0", view: "front", how: {} }));
  return true;
})()"""


@pytest.fixture(scope="module", params=list(BROWSERS))
def other(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OtherBrowser]:
    with BROWSERS[request.param](tmp_path_factory.mktemp(request.param)) as browser:
        yield browser


@pytest.fixture
def link(visit: Visit, team: Team, live_server: LiveServer) -> str:
    return live_server.url + link_of(visit.participant, team)


def test_photos_are_sealed_and_pages_kept_as_in_chromium(other: OtherBrowser, link: str) -> None:
    other.goto(link)
    other.click("form[method=post] .button--primary")
    wait_for(other, "location.pathname === '/my/'")
    wait_for(other, f"await ({READY})()")
    assert other.evaluate(KEEP)
    lying = other.evaluate(f"({RAW})()")
    assert lying["keys"] == [{"extractable": False}]
    (sealed,) = lying["bytes"]
    assert len(sealed["data"]) == 2000 + 16
    assert b"JPEG" not in bytes(sealed["data"])

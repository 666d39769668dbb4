"""Behind nginx, by the very file that docs/deployment ships: Django checks, nginx sends."""

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest
import requests

from tests.flow.proxy import nginx
from tests.servers import wait_until
from tests.stack import NewStack, Stack

pytestmark = [pytest.mark.full, pytest.mark.slow]

BODY = b"\xff\xd8 a thumbnail \xff\xd9"

WORLD = """
from django.test import Client
from participants.capture.models import Photo
from participants.visits.models import Visit
from studies.platform import storage
from studies.access.models import User
from tests.participants.capture.factories import PhotoFactory
name, _ = storage.store('thumbs', 'x', %r, suffix='.jpg')
photo = PhotoFactory(visit=Visit.objects.first(), view='front', thumbnail_file=name)
def session(email):
    client = Client()
    client.force_login(User.objects.get(email=email))
    return client.cookies['session'].value
"""


@dataclass(frozen=True)
class Site:
    """nginx in front of the product, with a photo and two people's sessions."""

    stack: Stack
    url: str
    log: Path
    photo: str
    file: str
    amina: str
    budi: str

    def get(self, path: str, session: str = "") -> tuple[int, Message, bytes]:
        """Status, headers and body of a GET with somebody's session."""
        request = urllib.request.Request(self.url + path)
        if session:
            request.add_header("Cookie", f"session={session}")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, refused.read()


@pytest.fixture
def site(new_stack: NewStack, tmp_path: Path) -> Iterator[Site]:
    stack = new_stack(
        "embedded",
        ACCEL_REDIRECT_PREFIX="/_private",
        ALLOWED_HOSTS="127.0.0.1",
        people=True,
    )
    photo, file, amina, budi = stack.ask(
        "[str(photo.pk), name, session('amina@demo.example'), session('budi@demo.example')]",
        given=WORLD % BODY,
    )
    stack.start_web()
    with nginx(stack, tmp_path / "nginx") as url:
        yield Site(stack, url, tmp_path / "nginx" / "access.log", photo, file, amina, budi)


def test_nginx_sends_private_files_after_djangos_check_and_logs_no_link(site: Site) -> None:
    address = f"/studies/MEL-8/photos/{site.photo}/thumb/"
    status, headers, body = site.get(address, site.amina)
    assert (status, body) == (200, BODY)
    assert headers["Content-Type"] == "image/jpeg"
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "X-Accel-Redirect" not in headers

    assert site.get(address, site.budi)[0] == 404, "another site's coordinator"
    assert site.get(f"/_private/{site.file}", site.amina)[0] == 404, "the internal address"
    signed_out = site.get(address)
    assert BODY not in signed_out[2]

    token = "notarealtokenbutlongenoughtobeone12345678"
    secrets = (f"/p/{token}/", f"/accounts/password/reset/key/{token}/")
    for path in (*secrets, "/health/"):
        site.get(path)
    wait_until(lambda: "/health/" in site.log.read_text(), seconds=5, what="the log")
    written = site.log.read_text()
    assert token not in written, "links are secrets"
    assert '"GET /p/(link)"' in written

    plain = re.search(r"listen (127\S+);", site.log.with_name("site.conf").read_text())
    assert plain is not None
    sent_on = requests.get(f"http://{plain[1]}{secrets[0]}", allow_redirects=False, timeout=20)
    assert sent_on.status_code == 301
    assert sent_on.headers["Location"] == f"https://skin.example.org{secrets[0]}"
    assert token not in site.log.read_text(), "links are secrets over plain HTTP, too"

    site.stack.stop()  # with the product away, nginx complains of addresses in its error log
    for path in (*secrets, "/health/"):
        status, headers, body = site.get(path)
        assert (status, headers["Retry-After"]) == (503, "60"), path
        assert b"photos on a phone stay there" in body
    complaints = site.log.with_name("error.log")
    wait_until(lambda: "/health/" in complaints.read_text(), seconds=5, what="the error log")
    assert token not in complaints.read_text()

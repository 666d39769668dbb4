"""Behind nginx, by the very file that docs/deployment ships: Django checks, nginx sends."""

import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

from tests.servers import answers, free_port, program, stop, wait_until
from tests.stack import ROOT, NewStack, Stack

pytestmark = [pytest.mark.full, pytest.mark.slow]

DOCS = ROOT / "docs" / "deployment"
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


def configuration(stack: Stack, folder: Path, port: int) -> Path:
    """The shipped file with this test's address and folders in place of the marked ones."""
    site = (DOCS / "nginx.conf").read_text()
    site = re.sub(r"^\s*ssl_certificate.*$", "", site, flags=re.MULTILINE)
    for shipped, ours in {
        "listen 443 ssl;": f"listen 127.0.0.1:{port};",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{stack.port};",
        "/var/log/nginx/gsh.log": str(folder / "access.log"),
        "/srv/gsh/var/": stack.environment["VAR_DIR"] + "/",
        "/etc/nginx/gsh-proxy.conf": str(DOCS / "gsh-proxy.conf"),
    }.items():
        assert shipped in site, f"the shipped file no longer has {shipped}"
        site = site.replace(shipped, ours)
    (folder / "site.conf").write_text(site)
    path = folder / "nginx.conf"
    path.write_text(
        "daemon off; worker_processes 1; user root;\n"
        f"pid {folder}/pid; error_log {folder}/error.log;\n"
        "events { worker_connections 64; }\n"
        f"http {{ client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
        f"include /etc/nginx/mime.types; include {folder}/site.conf; }}\n"
    )
    return path


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
    port, folder = free_port(), tmp_path / "nginx"
    folder.mkdir()
    command = [program("nginx"), "-p", str(folder), "-c", str(configuration(stack, folder, port))]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: answers(port), seconds=20, what="nginx")
        url = f"http://127.0.0.1:{port}"
        yield Site(stack, url, folder / "access.log", photo, file, amina, budi)
    finally:
        stop(process)
        assert process.stderr is not None
        process.stderr.close()


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

    site.stack.stop()  # with the product away, nginx complains of addresses in its error log
    assert {site.get(path)[0] for path in (*secrets, "/health/")} == {502}
    complaints = site.log.with_name("error.log")
    wait_until(lambda: "/health/" in complaints.read_text(), seconds=5, what="the error log")
    assert token not in complaints.read_text()

"""A real installation, set up to the letter of docs/deployment, as its administrator meets it.

The settings are production's, with secrets in files as editors end them. The product is an
unprivileged user, nginx is www-data behind HTTPS on a port that is not 443.
"""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from secrets import token_urlsafe

import pytest
import requests
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from config.demo_phone import certificate
from tests.flow.proxy import APP_USER, as_app_user, nginx
from tests.servers import free_port
from tests.stack import Stack

pytestmark = [pytest.mark.full, pytest.mark.slow]

PHRASE = "seven quiet herons at dusk"
PROTOCOL = Path("studies/protocol_file/protocols/melasma-8-weeks.yaml")
PHOTO = """
from participants.capture.models import Photo
from studies.access.models import User
from studies.platform import storage
from studies.protocol.models import Study
from tests.participants.capture.factories import PhotoFactory
from tests.participants.people.factories import ParticipantFactory
study = Study.objects.get()
name, _ = storage.store('thumbs', 'x', b'a thumbnail', suffix='.jpg')
person = ParticipantFactory(study=study, site=study.sites.first())
photo = PhotoFactory(visit__participant=person, view='front', thumbnail_file=name)
"""


@dataclass
class Installation:
    stack: Stack
    url: str
    mails: Path


@pytest.fixture
def installation() -> Iterator[Installation]:
    # Not in pytest's own folder, which nobody else may enter.
    folder = Path(tempfile.mkdtemp(prefix="gsh-installation-"))
    folder.chmod(0o755)
    for name in ("stack", "mails"):
        (folder / name).mkdir()
        if os.geteuid() == 0:
            shutil.chown(folder / name, APP_USER, APP_USER)
    for name in ("secret_key", "identity_keys"):
        (folder / name).write_text(token_urlsafe(50) + "\n")
    port = free_port()
    settings = {
        "GSH_ENV": "production",
        "SECRET_KEY_FILE": str(folder / "secret_key"),
        "IDENTITY_KEYS_FILE": str(folder / "identity_keys"),
        "ALLOWED_HOSTS": "127.0.0.1",
        "SITE_URL": f"https://127.0.0.1:{port}",
        "EMAIL_URL": f"filemail:///{folder}/mails",
        "BEHIND_PROXY": "true",
        "ACCEL_REDIRECT_PREFIX": "/_private",
    }
    stack = Stack(folder / "stack", settings, as_user=as_app_user())
    stack.environment["HOME"] = str(folder)
    try:
        # On an empty database; nginx of this test has the group by its own configuration.
        first = Stack(
            stack.folder, {**settings, "ACCEL_REDIRECT_PREFIX": ""}, as_user=stack.as_user
        )
        assert "is of version" in first.manage("upgrade").stdout
        stack.manage("check", "--deploy")
        stack.start_web()
        keys = certificate(folder / "certificate", "127.0.0.1")
        with nginx(stack, folder / "nginx", port=port, certificate=keys) as url:
            yield Installation(stack, url, folder / "mails")
    finally:
        stack.stop()
        shutil.rmtree(folder)


class Browser:
    """Sends forms as a browser does: with the page's token, its address and its cookies."""

    def __init__(self, installation: Installation) -> None:
        self._url = installation.url
        self._session = requests.Session()
        self._session.verify = False
        self._session.trust_env = False
        self.page = ""
        self.at = ""

    def open(self, path: str) -> int:
        return self._arrived(self._session.get(self._absolute(path), timeout=30))

    def send(self, path: str = "", **fields: str) -> int:
        """Send the form of this page, or of the page at ``path``."""
        if path:
            self.open(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.page)
        assert token is not None, self.page
        data = {"csrfmiddlewaretoken": token[1], **fields}
        headers = {"Origin": self._url, "Referer": self.at}
        return self._arrived(self._session.post(self.at, data, headers=headers, timeout=30))

    def _absolute(self, path: str) -> str:
        return path if path.startswith("https://") else self._url + path

    def _arrived(self, answer: requests.Response) -> int:
        self.page, self.at = answer.text, answer.url
        self.body = answer.content
        return answer.status_code


def come_in(browser: Browser, link: str, email: str) -> None:
    """From the link that sets the first password to the first page."""
    assert browser.open(link) == 200
    assert browser.send(password1=PHRASE, password2=PHRASE) == 200
    assert "/2fa/" not in browser.at
    browser.send("/accounts/login/", login=email, password=PHRASE)
    assert browser.at.endswith("/accounts/2fa/"), browser.at
    assert "verified your email" not in browser.page
    for kind, words in (("webauthn/add", "security key"), ("totp/activate", "secret")):
        browser.open(f"/accounts/2fa/{kind}/")
        if "reauthenticate" in browser.at:
            browser.send(password=PHRASE)
        assert kind in browser.at, f"turned away to {browser.at}"
        assert words in browser.page.lower()
    secret = re.search(r"\b([A-Z2-7]{32})\b", unescape(browser.page))
    assert secret is not None
    code = str(format_hotp_value(hotp_value(secret[1], int(time.time()) // 30)))
    assert browser.send(code=code) == 200
    assert "totp/activate" not in browser.at, browser.page
    assert browser.open("/") == 200
    assert "/accounts/" not in browser.at, "a second factor is set up, and home is still closed"


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_an_administrator_and_whom_they_invite_get_in_and_see_photos(
    installation: Installation,
) -> None:
    stack = installation.stack
    told = stack.manage("create_administrator", "root@example.org", "Root").stdout
    root = Browser(installation)
    come_in(root, told.splitlines()[-1], "root@example.org")

    refused = stack.manage("load_study", str(PROTOCOL), check=False)
    assert refused.returncode != 0
    assert "--as EMAIL" in refused.stderr
    stack.manage("load_study", str(PROTOCOL), "--as", "root@example.org")
    assert root.open("/studies/MEL-8/") == 200

    people = {"email": "ana@example.org", "name": "Ana", "role": "coordinator", "site": ""}
    assert root.send("/studies/MEL-8/people/add/", **people) == 200, root.page
    mail = next(
        path.read_text() for path in installation.mails.iterdir() if "ana@" in path.read_text()
    )
    link = re.search(r"https://\S+/accounts/password/reset/key/\S+", mail)
    assert link is not None, mail
    ana = Browser(installation)
    come_in(ana, link[0], "ana@example.org")

    photo, file = stack.ask("[str(photo.pk), name]", given=PHOTO)
    assert ana.open(f"/studies/MEL-8/photos/{photo}/thumb/") == 200
    assert ana.body == b"a thumbnail"
    kept = stack.folder / "var" / "files" / file
    assert kept.stat().st_mode & 0o777 == 0o640
    assert kept.parent.stat().st_mode & 0o777 == 0o750
    if os.geteuid() == 0:
        assert kept.group() == APP_USER

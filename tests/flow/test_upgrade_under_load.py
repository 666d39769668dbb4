"""An upgrade while web and workers of the version before go on: refused in words, nothing lost."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests

from studies.backup.encryption import make_key
from tests.faults.conftest import QUICK
from tests.servers import stop, wait_until
from tests.stack import ROOT, NewStack, Stack

pytestmark = [pytest.mark.faults, pytest.mark.slow]

# Of tomorrow's version: a column that today's does not know, after a while in which people go on.
MIGRATION = """
import time
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("studies", {last!r})]
    operations = [
        migrations.RunPython(lambda *_: time.sleep(4), migrations.RunPython.noop),
        migrations.RunSQL("ALTER TABLE studies_site ADD COLUMN later integer NOT NULL DEFAULT 1"),
    ]
"""
PERSON = """
from inference.demo import actions, story
from studies.protocol.models import Study
study = Study.objects.get(code=story.STUDY)
who = story.character(0)
actions.enrol(study, who)
visits = actions.participant_of(who).visits.select_related("definition")
visit = visits.get(definition__day_offset=0)
"""
JPEG = """
from inference.training.generator.camera import sample_camera
from inference.training.generator.face import draw_photo
from participants.imaging.decode import encode_clean
import base64
drawn = draw_photo(who.identity, who.severities(0), view="front", seed=7,
    camera=sample_camera(7, difficulty="good"), width=540, height=720)
jpeg = base64.b64encode(encode_clean(drawn.pixels, quality=90)).decode()
"""
PHOTO = "6b6f6e6a-0000-4000-8000-000000000012"
ROWS = "SELECT count(*) FROM participants_photo"
SCORED = "SELECT count(*) FROM inference_run WHERE state = 'done'"


@dataclass
class Phone:
    """A participant's browser over HTTP: the link, its session, and tus."""

    url: str
    session: requests.Session = field(default_factory=requests.Session)

    def open(self, token: str) -> None:
        self.session.trust_env = False
        page = self.session.get(f"{self.url}/p/{token}/", timeout=30).text
        form = {"csrfmiddlewaretoken": page.split('csrfmiddlewaretoken" value="')[1].split('"')[0]}
        at = f"{self.url}/p/{token}/"
        answer = self.session.post(at, form, headers={"Referer": at}, timeout=30)
        assert answer.status_code == 200, answer.text

    def tus(self, method: str, path: str, body: bytes = b"", **headers: str) -> requests.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        always = {
            "Tus-Resumable": "1.0.0",
            "X-CSRFToken": self.session.cookies.get("csrf", ""),
            "Content-Type": "application/offset+octet-stream",
            "Referer": self.url,
        }
        return self.session.request(
            method, self.url + path, data=body, headers={**always, **names}, timeout=60
        )

    def create(self, jpeg: bytes, visit: str) -> requests.Response:
        digest = hashlib.sha256(jpeg).hexdigest()
        told = {"photo": PHOTO, "visit": visit, "view": "front", "sha256": digest}
        pairs = (f"{key} {base64.b64encode(text.encode()).decode()}" for key, text in told.items())
        return self.tus(
            "POST", "/my/uploads/", Upload_Length=str(len(jpeg)), Upload_Metadata=",".join(pairs)
        )

    def patch(self, offset: int, body: bytes) -> requests.Response:
        return self.tus("PATCH", f"/my/uploads/{PHOTO}/", body, Upload_Offset=str(offset))

    def offset(self) -> int:
        return int(self.tus("HEAD", f"/my/uploads/{PHOTO}/").headers["Upload-Offset"])


class Load:
    """People who go on opening pages and asking the API, and what they are answered."""

    def __init__(self, url: str) -> None:
        self.answers: Counter[tuple[str, int]] = Counter()
        self.wordless: list[str] = []
        self._url, self._over = url, threading.Event()
        self._threads = [
            threading.Thread(target=self._go_on, args=(path,))
            for path in ("/my/", "/accounts/login/", "/api/v1/studies/")
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _go_on(self, path: str) -> None:
        while not self._over.wait(0.1):
            answer = requests.get(self._url + path, timeout=60)
            self.answers[path, answer.status_code] += 1
            kept = "Everything saved before" in answer.text or "before is safe" in answer.text
            if answer.status_code == 503 and not (kept and answer.headers["Retry-After"]):
                self.wordless.append(answer.text)


def tomorrow(folder: Path) -> Path:
    """The product's next version: the same, with one migration more."""
    folder.mkdir()
    for path in ROOT.iterdir():
        if path.name not in {"studies", "manage.py", ".git", "var"}:
            (folder / path.name).symlink_to(path)
    shutil.copy(ROOT / "manage.py", folder)
    shutil.copytree(ROOT / "studies", folder / "studies")
    migrations = folder / "studies" / "migrations"
    last = max(path.stem for path in migrations.glob("0*.py"))
    (migrations / "9999_tomorrow.py").write_text(MIGRATION.format(last=last))
    return folder


@dataclass
class Tomorrow(Stack):
    """The installation with the next version in place."""

    code: Path = ROOT

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "PYTHONPATH": str(self.code)}

    def upgrade(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, str(self.code / "manage.py"), "upgrade"],
            env=self.environment, cwd=self.code, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def _start(self, name: str, *command: str, **extra: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *command],
                env={**self.environment, **extra}, cwd=self.code, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip


@pytest.mark.parametrize(
    "mode",
    [
        pytest.param("embedded", marks=pytest.mark.prove),
        pytest.param("full", marks=pytest.mark.full),
    ],
)
def test_who_goes_on_during_an_upgrade_is_told_and_a_photo_is_sent_to_its_end_afterwards(
    new_stack: NewStack, tmp_path: Path, mode: str
) -> None:
    _, recipient = make_key()
    kept = {"BACKUP_URL": f"file://{tmp_path}/kept", "BACKUP_RECIPIENTS": recipient}
    keys = {"SECRET_KEY": "k8Zq-not-a-real-key-but-long-and-varied-enough-0123456789-ABCDEFG"}
    stack = new_stack(mode, people=True, EMAIL_URL="consolemail://", **QUICK, **kept, **keys)
    code, token, encoded = stack.ask(
        "[visit.definition.code, actions.fresh_link(study, who), jpeg]", given=PERSON + JPEG
    )
    jpeg = base64.b64decode(encoded)
    half = len(jpeg) // 2
    stack.start_web()
    stack.start_worker()
    phone = Phone(stack.url)
    phone.open(token)
    assert phone.create(jpeg, code).status_code == 201
    assert phone.patch(0, jpeg[:half]).status_code == 204

    new = Tomorrow(stack.folder, stack.settings, stack.port, code=tomorrow(tmp_path / "tomorrow"))
    with Load(stack.url) as load:
        upgrade = new.upgrade()
        wait_until(
            lambda: any(status == 503 for _, status in load.answers), seconds=120, what="the gate"
        )
        refused = phone.patch(half, jpeg[half:])
        said = upgrade.communicate(timeout=240)[0]
        time.sleep(0.5)
    assert upgrade.returncode == 0, said
    assert "The way back is the backup" in said

    # While it was upgraded, and afterwards, web and worker of the version before do nothing.
    assert refused.status_code == 503
    assert "photos on this phone stay there" in refused.json()["detail"]
    assert {status for _, status in load.answers} <= {200, 302, 401, 403, 503}, load.answers
    assert {path for path, status in load.answers if status == 503} == {
        "/my/", "/accounts/login/", "/api/v1/studies/",
    }  # fmt: skip
    assert not load.wordless
    assert phone.patch(half, jpeg[half:]).status_code == 503
    assert requests.get(f"{stack.url}/health/", timeout=30).json()["version"] == "other"
    wait_until(lambda: "this worker waits" in stack.log("worker"), seconds=60, what="the worker")
    assert stack.sql(ROWS) == [(0,)]
    log = stack.log("web") + stack.log("worker")
    assert "Traceback" not in log, log

    for process in stack.processes.values():
        stop(process)
    stack.processes.clear()
    try:
        new.start_web()
        new.start_worker("new")
        at = phone.offset()
        assert at == half
        assert phone.patch(at, jpeg[at:]).status_code == 204
        wait_until(lambda: stack.sql(SCORED)[0][0] > 0, seconds=120, what="the score")
    finally:
        new.stop()
    assert json.loads(json.dumps(stack.sql(ROWS))) == [[1]]

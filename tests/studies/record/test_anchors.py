"""Anchors: heads kept outside the database, which show a record that was replaced as a whole."""

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from config.environment import Env
from config.stores import anchors as anchor_storage
from studies.platform.actors import SYSTEM
from studies.platform.work import sweep
from studies.record.models import AuditEvent, AuditHead, RecordAnchor
from studies.record.services import record
from studies.record.services.anchors import read_anchors, storage
from studies.record.services.proof import find_breaks
from studies.record.tasks import anchor_record
from tests.s3 import s3_client, s3_server
from tests.servers import free_port
from tests.studies.record.test_audit import without_triggers

pytestmark = pytest.mark.django_db


def write(number: int, study: str = "MEL-8") -> None:
    for _ in range(number):
        record(by=SYSTEM, action="study.edit", study=study, reason="as it was")


def anchor() -> str:
    """Anchor the record as it is; the name of the file."""
    said = StringIO()
    call_command("anchor_audit", stdout=said)
    return said.getvalue().removeprefix("Anchored: ").strip()


def read_bytes(name: str) -> bytes:
    with storage().open(name) as file:
        return bytes(file.read())


def problems() -> list[str]:
    return [f"{found.chain} {found.sequence}: {found.problem}" for found in find_breaks()]


def test_a_record_that_only_grew_agrees_with_its_anchors() -> None:
    write(2)
    anchor()
    write(3)
    write(1, "FEAS-2")
    anchor()
    assert problems() == []
    said = StringIO()
    call_command("verify_audit", stdout=said)
    assert "agrees with 2 anchors" in said.getvalue()


def test_the_first_event_plans_the_first_anchor_and_each_the_next() -> None:
    write(1)
    first = RecordAnchor.objects.get()
    assert (str(first.day), first.due_at.isoformat()) == ("2026-03-03", "2026-03-03T00:00:00+00:00")
    assert sweep() == 0, "not before midnight"
    first.day = "2026-03-02"
    first.due_at = first.created_at
    first.save()
    anchor_record(str(first.pk))
    first.refresh_from_db()
    assert first.state == "done"
    assert storage().exists(first.name)
    assert RecordAnchor.objects.filter(state="queued").count() == 1


# --- What the chain alone does not show ----------------------------------------------------------


def written_anew(number: int) -> None:
    """What an administrator with the keys could do: every row and head made anew, all in order."""
    without_triggers("DELETE FROM studies_auditevent")
    AuditHead.objects.all().delete()
    for _ in range(number):
        record(by=SYSTEM, action="study.edit", study="MEL-8", reason="nicer")


def test_a_record_written_anew_by_who_has_the_keys_is_found() -> None:
    write(3)
    anchor()
    written_anew(3)
    assert problems() == ["MEL-8 3: is not the row that was anchored on 2026-03-02T09:00:00+00:00"]


def test_a_tail_cut_off_by_who_has_the_keys_is_found() -> None:
    write(3)
    anchor()
    written_anew(2)
    assert any("MEL-8 3: was there on" in found and "is gone" in found for found in problems())


def test_a_chain_removed_whole_is_found() -> None:
    write(2)
    write(2, "FEAS-2")
    anchor()
    without_triggers("DELETE FROM studies_auditevent WHERE chain = 'FEAS-2'")
    AuditHead.objects.filter(chain="FEAS-2").delete()
    assert problems() == ["FEAS-2 0: the head of this chain is missing"]


# --- The anchors themselves ----------------------------------------------------------------------


def test_an_anchor_that_was_changed_or_removed_is_found_by_the_next() -> None:
    write(1)
    first = anchor()
    anchor()
    body = read_bytes(first)
    storage().delete(first)
    assert any(f"{first} is missing" in found for found in problems())
    changed = json.dumps({**json.loads(body), "heads": {}}).encode()
    storage().save(first, ContentFile(changed))
    assert any(f"{first} is not as it was written" in found for found in problems())
    storage().delete(first)
    storage().save(first, ContentFile(body))
    assert problems() == []


@pytest.mark.parametrize("body", [b"", b"[]", b'{"at": 1}', b'{"at":"x","heads":[],"previous":{}}'])
def test_a_file_that_is_no_anchor_is_told(body: bytes) -> None:
    write(1)
    storage().save("2026/2026-03-01T000000.000000Z.json", ContentFile(body))
    assert any("is not as it was written" in found for found in problems())


def test_a_storage_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: object, path: str) -> None:
        raise TimeoutError("no answer")

    write(1)
    anchor()
    monkeypatch.setattr(type(storage()), "listdir", fail)
    assert any("anchors 0: cannot be read" in found for found in problems())


def test_an_anchor_begun_before_a_fault_is_finished_not_written_twice(settings: Settings) -> None:
    write(1)
    settings.AUDIT_TIMESTAMP_URL = f"http://127.0.0.1:{free_port()}/"
    with pytest.raises(CommandError, match="did not answer"):
        anchor()
    settings.AUDIT_TIMESTAMP_URL = ""
    row = RecordAnchor.objects.get(day=None)
    assert row.state == "queued"
    write(1)
    RecordAnchor.objects.filter(pk=row.pk).update(due_at=row.created_at)
    anchor_record(str(row.pk))
    assert RecordAnchor.objects.get(pk=row.pk).state == "done"
    assert read_anchors().number == 1
    assert problems() == []


# --- Time-stamps ---------------------------------------------------------------------------------

CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
crypto_device = builtin
[extensions]
extendedKeyUsage = critical,timeStamping
"""


def authority(folder: Path) -> None:
    """A time-stamping authority's root, its certificate and its settings for ``openssl ts``."""
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01")
    common = ["-newkey", "rsa:2048", "-nodes", "-days", "3650"]
    commands = (
        ["req", "-x509", *common, "-subj", "/CN=Root", "-keyout", "root.key", "-out", "root.pem"],
        ["req", *common[:3], "-subj", "/CN=Stamps", "-keyout", "tsa.key", "-out", "tsa.csr"],
        ["x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-days", "3650",
         "-CAcreateserial", "-extfile", "tsa.cnf", "-extensions", "extensions", "-out", "tsa.pem"],
    )  # fmt: skip
    for command in commands:
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def stamping(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """A time-stamping server (``openssl ts``) that the settings name; yields its folder."""
    folder = tmp_path / "tsa"
    folder.mkdir()
    authority(folder)

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "asked.tsq").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            subprocess.run(
                ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "asked.tsq",
                 "-out", "reply.tsr"],
                cwd=folder, check=True, capture_output=True,
            )  # fmt: skip
            self.send_response(200)
            self.end_headers()
            self.wfile.write((folder / "reply.tsr").read_bytes())

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.AUDIT_TIMESTAMP_URL = f"http://127.0.0.1:{server.server_port}/"
    settings.AUDIT_TIMESTAMP_CERTIFICATE = str(folder / "root.pem")
    yield folder
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_anchor_is_time_stamped_and_the_stamp_is_about_it(stamping: Path) -> None:
    write(1)
    name = anchor()
    stamp = name.replace(".json", ".tsr")
    assert storage().exists(stamp)
    assert problems() == []
    body = read_bytes(name)
    storage().delete(name)
    storage().save(name, ContentFile(body.replace(b"http", b"HTTP")))
    assert any(stamp in found and "does not prove" in found for found in problems())


def test_a_stamp_of_an_authority_nobody_vouches_for_is_not_taken(
    stamping: Path, settings: Settings, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    authority(other)
    settings.AUDIT_TIMESTAMP_CERTIFICATE = str(other / "root.pem")
    write(1)
    with pytest.raises(CommandError, match="not to be trusted"):
        anchor()
    assert not [name for name in storage().listdir("2026")[1] if name.endswith(".tsr")]


# --- Where they are kept -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "location"),
    [
        ({}, "/var/lib/skin/anchors"),
        ({"STORAGE_URL": "file:///srv/files"}, "/var/lib/skin/anchors"),
        ({"STORAGE_URL": "s3://skin/study?endpoint=http://127.0.0.1:1"}, "study-anchors"),
        ({"STORAGE_URL": "s3://skin"}, "anchors"),
        ({"AUDIT_ANCHOR_URL": "file:///mnt/elsewhere"}, "/mnt/elsewhere"),
        ({"AUDIT_ANCHOR_URL": "s3://safe/heads", "STORAGE_URL": "s3://skin"}, "heads"),
    ],
)
def test_where_anchors_are_kept(
    given: dict[str, str], location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    chosen = anchor_storage(Env(), Path("/var/lib/skin"))
    assert chosen["OPTIONS"]["location"] == location


def test_a_bucket_may_lock_them(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server("safe", object_lock=True) as endpoint:
        client = s3_client(endpoint)
        for name in ("STORAGE_ACCESS_KEY", "STORAGE_SECRET_KEY"):
            monkeypatch.setenv(name, "key")
        address = f"s3://safe/heads?endpoint={endpoint}&region=us-east-1&retain_days=3650"
        monkeypatch.setenv("AUDIT_ANCHOR_URL", address)
        chosen = anchor_storage(Env(), Path(django_settings.VAR_DIR))
        settings.STORAGES = {**settings.STORAGES, "anchors": chosen}
        write(1)
        name = anchor()
        kept = client.head_object(Bucket="safe", Key=f"heads/{name}")
        assert kept["ObjectLockMode"] == "COMPLIANCE"
        assert kept["ObjectLockRetainUntilDate"].year == 2036
        assert type(storages["anchors"]).__name__ == "LockedS3Storage"
        assert problems() == []
        assert AuditEvent.objects.count() == 1

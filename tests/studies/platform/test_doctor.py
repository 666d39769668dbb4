"""`manage.py doctor` tries what the installation stands on and says how to mend it."""

import json
import os
import shutil
import tempfile
from collections import namedtuple
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from pytest_django.fixtures import Settings

from studies.platform.commands import doctor
from studies.platform.commands.doctor import Finding, examine
from studies.platform.models import WorkerHeartbeat
from studies.record.checks import record_time
from studies.record.services import record
from tests.conftest import Team
from tests.servers import free_port

pytestmark = pytest.mark.django_db


def finding(subject: str) -> Finding:
    return next(each for each in examine() if each.subject == subject)


def test_a_database_of_this_version_is_fine_and_a_newer_one_is_told() -> None:
    assert finding("migrations").state == "ok"
    MigrationRecorder(connection).record_applied("studies", "9999_from_tomorrow")
    told = finding("migrations")
    assert (told.state, "9999_from_tomorrow" in told.words) == ("fault", True)
    assert "Install that version" in told.mend


def test_what_is_not_applied_is_told() -> None:
    MigrationRecorder.Migration.objects.filter(app="studies", name="0001_initial").delete()
    assert finding("migrations").words == "1 are not applied yet."


def test_workers_are_counted() -> None:
    assert finding("workers").state == "warning"
    WorkerHeartbeat.objects.create(name="one", seen_at=timezone.now())
    assert finding("workers").state == "ok"


def test_a_mail_server_that_is_away_is_a_fault(settings: Settings) -> None:
    assert finding("mail").state == "ok"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    assert finding("mail").state == "fault"


def test_an_empty_database_has_no_fault_that_upgrade_does_not_mend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection.introspection, "table_names", list)
    assert finding("clock").state == "ok"


def test_a_folder_for_mails_that_cannot_be_made_is_a_fault(
    settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    (tmp_path / "file").touch()
    settings.EMAIL_FILE_PATH = str(tmp_path / "file" / "mails")
    assert finding("mail").state == "fault"


def test_files_that_are_not_there_are_told(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    assert "collectstatic" in finding("static files").mend
    (tmp_path / "staticfiles.json").touch()
    assert finding("static files").state == "ok"


def test_a_disk_that_is_nearly_full_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(1024**3))
    assert "VAR_DIR has 1.0 GiB left" in finding("disk").words


def test_a_fault_is_told_to_programs_too(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    told = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--json", stdout=told)
    assert ended.value.code == 1
    assert "fault" in {each["state"] for each in json.loads(told.getvalue())}


def test_a_name_that_leads_nowhere_is_told(settings: Settings) -> None:
    settings.SITE_URL = "https://127.0.0.1"
    assert finding("name").words == "127.0.0.1 leads to 127.0.0.1."
    settings.SITE_URL = "https://skin.invalid"  # never registered (RFC 6761)
    told = finding("name")
    assert (told.state, "ALLOWED_HOSTS" in told.mend) == ("warning", True)


def test_a_folder_that_nginx_may_not_enter_is_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert finding("nginx").state == "ok", "it sends none"
    settings.ACCEL_REDIRECT_PREFIX, settings.PRIVATE_ROOT = "/_private", tmp_path / "a" / "files"
    (tmp_path / "a" / "files").mkdir(parents=True)
    monkeypatch.setattr(doctor, "NGINX_USERS", ("nobody",))
    for folder in (*tmp_path.parents, tmp_path, tmp_path / "a"):
        if folder.stat().st_uid == os.geteuid() and str(folder).startswith(tempfile.gettempdir()):
            folder.chmod(folder.stat().st_mode | 0o011)
    (tmp_path / "a" / "files").chmod(0o750)
    told = finding("nginx")
    assert (told.state, str(tmp_path / "a" / "files") in told.words) == ("fault", True)
    assert "usermod -aG" in told.mend
    (tmp_path / "a" / "files").chmod(0o751)
    assert finding("nginx").state == "ok"
    monkeypatch.setattr(doctor, "NGINX_USERS", ("no-such-user",))
    assert finding("nginx").state == "warning"


def test_a_clock_in_the_past_is_told() -> None:
    assert finding("clock").state == "ok"
    later = timezone.now() + timedelta(hours=3)
    WorkerHeartbeat.objects.create(name="one", seen_at=later)
    told = finding("clock")
    assert (told.state, "it is behind" in told.words) == ("fault", True)
    assert "NTP" in told.mend


def test_a_clock_apart_from_the_databases_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_database_time", lambda now: now + timedelta(minutes=2))
    assert "120 s from the clock" in finding("clock").words


def test_a_clock_behind_the_record_is_told(team: Team) -> None:
    record(action="study.edit", by=team.dewi, study="MEL-8")
    assert record_time() == []
    with time_machine.travel(timezone.now() - timedelta(days=1)):
        [told] = record_time()
    assert "The clock is behind" in told.msg

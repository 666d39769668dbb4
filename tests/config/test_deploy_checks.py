"""`manage.py check --deploy` tries what the settings name, and says what cannot be used."""

from pathlib import Path

import pytest

from studies.backup.encryption import make_key
from tests.config.test_settings import PRODUCTION, run
from tests.servers import free_port

KEY = make_key()[1]


def test_a_working_installation_passes(tmp_path: Path) -> None:
    done = run(tmp_path, "check", "--deploy", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "files" / "probe").exists(), "the trial is left behind"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY has 5 characters"),
        ({"IDENTITY_KEYS": "short"}, "IDENTITY_KEYS: Each of IDENTITY_KEYS"),
        ({"DATABASE_URL": "postgres://gsh:wrong@127.0.0.1:{port}/gsh"}, "database cannot be used"),
        ({"REDIS_URL": "redis://127.0.0.1:{port}/0"}, "Redis does not answer"),
        ({"STORAGE_URL": "file:///proc/files"}, "Private files cannot be kept"),
        (
            {"STORAGE_URL": "s3://skin?endpoint=http://127.0.0.1:{port}&region=us-east-1"},
            "Private files cannot be kept",
        ),
        ({"UPLOAD_ROOT": "{file}/uploads"}, "where this user may not write"),
        (
            {"BACKUP_URL": "file:///proc/backups", "BACKUP_RECIPIENTS": KEY},
            "Backups cannot be kept",
        ),
        ({"BACKUP_URL": "file:///srv/backups"}, "BACKUP_RECIPIENTS is not set"),
        ({"BACKUP_RECIPIENTS": "age1short"}, "BACKUP_URL is not set"),
        (
            {"BACKUP_URL": "file:///srv/backups", "BACKUP_RECIPIENTS": "age1short"},
            "is no age public key",
        ),
        ({"SITE_URL": "https://other.example.org"}, "SITE_URL leads to other.example.org"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_what_cannot_be_used_is_told(tmp_path: Path, change: dict[str, str], told: str) -> None:
    port = str(free_port())
    (tmp_path / "file").touch()
    change = {
        name: value.replace("{port}", port).replace("{file}", str(tmp_path / "file"))
        for name, value in change.items()
    }
    keys = {"STORAGE_ACCESS_KEY": "key", "STORAGE_SECRET_KEY": "secret", "AWS_MAX_ATTEMPTS": "1"}
    done = run(tmp_path, "check", "--deploy", **{**PRODUCTION, **keys, **change})
    assert done.returncode != 0
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_is_tried_by_an_ordinary_check(tmp_path: Path) -> None:
    change = {"DATABASE_URL": f"postgres://gsh@127.0.0.1:{free_port()}/gsh"}
    done = run(tmp_path, "check", **{**PRODUCTION, **change})
    assert done.returncode == 0, done.stderr

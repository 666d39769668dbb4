"""Settings: safe when nothing is set, and chosen by the environment alone."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from studies.backup.encryption import make_key

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "k8Zq-not-a-real-key-but-long-and-varied-enough-0123456789-ABCDEFG",
    "IDENTITY_KEYS": "an identity key that is long enough to seal names with",
    "ALLOWED_HOSTS": "skin.example.org",
    "SITE_URL": "https://skin.example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
}


def run(tmp_path: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A management command in an environment of its own."""
    base = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "ENV_FILE": os.devnull}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**base, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def value(tmp_path: Path, expression: str, **environment: str) -> str:
    code = f"from django.conf import settings; print({expression})"
    done = run(tmp_path, "shell", "-v", "0", "-c", code, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_production_passes_djangos_deployment_checks(tmp_path: Path) -> None:
    kept = {"BACKUP_URL": f"file://{tmp_path}/backups", "BACKUP_RECIPIENTS": make_key()[1]}
    done = run(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION, **kept)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"IDENTITY_KEYS": ""}, "IDENTITY_KEYS"),
        ({"EMAIL_URL": ""}, "EMAIL_URL"),
        ({"SITE_URL": "http://skin.example.org"}, "SITE_URL"),
        ({"DEBUG": "true"}, "DEBUG is refused in production"),
        ({"ALLOWED_HOSTS": "*"}, "wildcard"),
        ({"GSH_ENV": "prod"}, "GSH_ENV is production, demo or test"),
        ({"STORAGE_URL": "ftp://files"}, "STORAGE_URL"),
        ({"OUTSIDE_TEST_ORIGINS": "http://127.0.0.1:1"}, "OUTSIDE_TEST_ORIGINS is for tests only"),
    ],
)
def test_what_is_unsafe_or_unknown_is_refused(
    tmp_path: Path, change: dict[str, str], told: str
) -> None:
    done = run(tmp_path, "check", **{**PRODUCTION, **change})
    assert done.returncode != 0
    assert told in done.stderr


def test_nothing_set_is_production_and_starts_not_without_a_secret(tmp_path: Path) -> None:
    done = run(tmp_path, "check")
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr


def test_cookies_frames_and_scripts_are_strict_in_production(tmp_path: Path) -> None:
    strict = (
        "settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, "
        "settings.SESSION_COOKIE_HTTPONLY, settings.CSRF_COOKIE_NAME, settings.X_FRAME_OPTIONS, "
        "settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS > 0, "
        "settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['default-src']"
    )
    told = value(tmp_path, strict, **PRODUCTION)
    assert told == "__Host-session True True __Host-csrf DENY True True [\"'self'\"]"


def test_a_file_of_variables_is_read_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("SMS_URL=twilio://from-the-file\nINVITATION_DAYS=3\n")
    chosen = "settings.SMS_URL, settings.INVITATION_LIFETIME.days"
    told = value(
        tmp_path, chosen, GSH_ENV="demo", ENV_FILE=str(tmp_path / "theirs"), SMS_URL="console://"
    )
    assert told == "console:// 3"


def test_a_second_factor_is_required_outside_the_demo(tmp_path: Path) -> None:
    assert value(tmp_path, "settings.MFA_REQUIRED", **PRODUCTION) == "True"
    assert value(tmp_path, "settings.MFA_REQUIRED", GSH_ENV="demo") == "False"


def test_one_variable_each_chooses_database_broker_and_storage(tmp_path: Path) -> None:
    chosen = (
        "settings.DATABASES['default']['ENGINE'].rsplit('.', 1)[-1], "
        "settings.CELERY_BROKER_URL.split(':')[0], "
        "settings.STORAGES['private']['BACKEND'].rsplit('.', 1)[-1]"
    )
    assert value(tmp_path, chosen, GSH_ENV="demo") == "sqlite3 memory DurableFileSystemStorage"
    full = {
        "DATABASE_URL": "postgres://gsh@db/gsh",
        "REDIS_URL": "redis://bell:6379/0",
        "STORAGE_URL": "s3://skin?endpoint=https://s3.example.org",
    }
    assert value(tmp_path, chosen, **PRODUCTION, **full) == "postgresql redis S3Storage"


def test_the_demo_makes_its_own_secret_once_for_its_owner_only(tmp_path: Path) -> None:
    first = value(tmp_path, "settings.SECRET_KEY", GSH_ENV="demo")
    assert len(first) >= 40
    assert value(tmp_path, "settings.SECRET_KEY", GSH_ENV="demo") == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_kept_in_a_file_is_the_same_whatever_ends_its_line(
    tmp_path: Path, end: str
) -> None:
    file = tmp_path / "identity"
    file.write_bytes((PRODUCTION["IDENTITY_KEYS"] + end).encode())
    given = {**PRODUCTION, "IDENTITY_KEYS_FILE": str(file), "SECRET_KEY_FILE": str(file)}
    del given["IDENTITY_KEYS"], given["SECRET_KEY"]
    told = value(tmp_path, "(settings.IDENTITY_KEYS, settings.SECRET_KEY)", **given)
    assert told == repr(([PRODUCTION["IDENTITY_KEYS"]], PRODUCTION["IDENTITY_KEYS"]))


@pytest.mark.parametrize("name", ["a+b 50%", "näme?#"])
def test_the_folder_of_the_product_may_have_any_name(tmp_path: Path, name: str) -> None:
    given = {**PRODUCTION, "VAR_DIR": str(tmp_path / name)}
    done = run(tmp_path, "migrate", "studies", "--verbosity=0", **given)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / name / "gsh.sqlite3").exists()
    told = value(tmp_path, "settings.PRIVATE_ROOT", **given)
    assert told == str(tmp_path / name / "files")


def test_the_web_server_reads_the_env_file_too(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("BIND=127.0.0.1:8123\nWEB_WORKERS=3\nWEB_THREADS=5\n")
    told = subprocess.run(
        [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "--print-config"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
        env={"PATH": os.environ["PATH"], "ENV_FILE": str(file), "VAR_DIR": str(tmp_path),
             **PRODUCTION},
    ).stdout  # fmt: skip
    asked = dict(re.findall(r"^(bind|workers|threads) += (.*)$", told, re.MULTILINE))
    assert asked == {"bind": "['127.0.0.1:8123']", "workers": "3", "threads": "5"}


WITHOUT_SETTINGS = [
    ("draw_report", "--help"),
    ("draw_icons", "--help"),
    ("evaluate_model", "--help"),
    ("score_photo", "--help"),
    ("make_vapid_key",),
    ("extract_words", "--check"),
]


@pytest.mark.parametrize("command", WITHOUT_SETTINGS, ids=lambda command: command[0])
def test_what_needs_no_secret_runs_on_a_fresh_checkout(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    nowhere = tmp_path / "nothing"
    done = run(tmp_path, *command, VAR_DIR=str(nowhere))
    assert done.returncode == 0, done.stderr
    assert not nowhere.exists(), "it kept a secret or a database"


def test_every_command_that_says_it_needs_no_secret_is_tried() -> None:
    named = re.search(r"WITHOUT_SETTINGS = \{(.*?)\}", (ROOT / "manage.py").read_text(), re.DOTALL)
    assert named is not None
    tried = {command[0] for command in WITHOUT_SETTINGS} | {"draw_schema"}  # tests/test_docs.py
    assert set(re.findall(r'"(\w+)"', named[1])) == tried

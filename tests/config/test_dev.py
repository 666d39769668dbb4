"""``make dev`` is for who writes the code: its toolbar never reaches the product."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mode", ["production", "test"])
def test_its_settings_are_refused_elsewhere(mode: str, tmp_path: Path) -> None:
    told = {
        "SECRET_KEY": "k" * 60, "IDENTITY_KEYS": "k", "SITE_URL": "https://skin.example.org",
        "ALLOWED_HOSTS": "skin.example.org", "EMAIL_URL": "consolemail://",
        "VAR_DIR": str(tmp_path), "GSH_ENV": mode,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", "import config.dev.settings"],
        cwd=ROOT, env={**os.environ, **told}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode != 0
    assert "config.dev.settings is for make dev" in done.stderr


def test_with_the_demos_mode_they_load_the_toolbar(tmp_path: Path) -> None:
    script = (
        "import config.dev.settings as s; "
        "print('debug_toolbar' in s.INSTALLED_APPS, s.ROOT_URLCONF, s.CONTENT_SECURITY_POLICY)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT, env={**os.environ, "GSH_ENV": "demo", "VAR_DIR": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("True config.dev.urls")
    assert "unsafe-inline" not in done.stdout, "the policy for pages stays as it is"


def test_nothing_of_the_product_names_the_toolbar() -> None:
    named = [
        path.relative_to(ROOT).as_posix()
        for folder in ("config", "studies", "participants", "inference")
        for path in (ROOT / folder).rglob("*.py")
        if "debug_toolbar" in path.read_text()
    ]
    assert sorted(named) == ["config/dev/settings.py", "config/dev/urls.py"]
    assert "debug-toolbar" not in (ROOT / "config" / "requirements" / "base.txt").read_text()

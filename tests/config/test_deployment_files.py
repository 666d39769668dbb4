"""The files that docs/deployment ships to be copied are what systemd, and `init`, say they are."""

import subprocess
from pathlib import Path

import pytest

from config.init import text
from studies.platform.versions import OTHER_VERSION
from tests.config.test_settings import PRODUCTION, ROOT, value

SHIPPED = ROOT / "docs" / "deployment"
UNITS = sorted(SHIPPED.glob("*.service"))
MOST_EXPOSED = 25  # of 100, as systemd-analyze security measures; a plain unit has 96


@pytest.fixture(params=UNITS, ids=lambda unit: unit.name)
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The unit as it is, with this checkout in the place of /opt/gsh."""
    copy = tmp_path / str(request.param.name)
    copy.write_text(request.param.read_text().replace("/opt/gsh", str(ROOT)))
    return copy


def test_the_template_is_what_init_writes() -> None:
    assert (SHIPPED / "gsh.env").read_text() == text({})


def test_systemd_finds_nothing_wrong_with_a_unit(unit: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True
    )
    ours = [line for line in done.stderr.splitlines() if unit.name in line or "gsh" in line]
    assert (ours, done.returncode) == ([], 0), done.stderr


def test_a_unit_is_shut_in(unit: Path) -> None:
    words = ["security", "--no-pager", "--offline=yes", f"--threshold={MOST_EXPOSED}", str(unit)]
    done = subprocess.run(["systemd-analyze", *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_a_database_of_another_version_is_not_tried_again(unit: Path) -> None:
    assert f"\nRestartPreventExitStatus={OTHER_VERSION}\n" in unit.read_text()


def test_hsts_has_a_switch(tmp_path: Path) -> None:
    asked = (
        "settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS, "
        "settings.SECURE_HSTS_PRELOAD"
    )
    chosen = {"HSTS_SECONDS": "300", "HSTS_SUBDOMAINS": "false"}
    assert value(tmp_path, asked, **PRODUCTION) == "31536000 True True"
    assert value(tmp_path, asked, **{**PRODUCTION, **chosen}) == "300 False False"

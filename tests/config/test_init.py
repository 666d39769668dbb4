"""`manage.py init` writes the settings file, and what is missing is told all at once."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config.init import main, text
from config.wanted import REQUIRED, WANTED, missing
from tests.config.test_settings import PRODUCTION, ROOT, run, value

NAMES = {setting.name for group in WANTED for setting in group.settings}
# Where settings come from, and what only tests and developers set.
NOT_OF_AN_INSTALLATION = {"ENV_FILE", "OUTSIDE_TEST_ORIGINS", "SQL_LOG"}


def test_the_list_holds_every_variable_that_settings_read() -> None:
    read = re.compile(r'env\.(?:str|int|bool|list|float)\(\s*"([A-Z_]+)"')
    found = {
        name for file in (ROOT / "config").glob("*.py") for name in read.findall(file.read_text())
    }
    assert found - NOT_OF_AN_INSTALLATION - NAMES == set()


def test_the_guide_explains_every_setting() -> None:
    pages = "".join(page.read_text() for page in (ROOT / "docs/deployment").glob("*.md"))
    assert {name for name in NAMES if f"`{name}" not in pages} == {"GSH_ENV", "DEBUG"}


def test_it_writes_for_the_owner_only_and_says_what_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "env"
    assert main([str(file), "--host", "skin.example.org"]) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    told = capsys.readouterr().out
    assert "fill in EMAIL_URL" in told
    assert "fill in SITE_URL" not in told
    keys = [line.partition("=")[2] for line in file.read_text().splitlines() if "_KEY" in line]
    assert not any(key and key in told for key in keys), "a key is on the screen"


def test_what_it_wrote_starts_once_it_is_filled_in(tmp_path: Path) -> None:
    file = tmp_path / "env"
    main([str(file), "--host", "skin.example.org"])
    rest = {"ENV_FILE": str(file), "EMAIL_URL": PRODUCTION["EMAIL_URL"]}
    told = value(tmp_path, "settings.SITE_URL, len(settings.IDENTITY_KEYS)", **rest)
    assert told == "https://skin.example.org 1"
    done = run(tmp_path, "check", ENV_FILE=str(file))
    assert done.returncode == 1
    assert "EMAIL_URL" in done.stderr
    assert "SECRET_KEY" not in done.stderr


def test_it_never_writes_over_keys(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("IDENTITY_KEYS=precious\n")
    assert main([str(file)]) == 1
    assert file.read_text() == "IDENTITY_KEYS=precious\n"
    assert main([str(file), "--replace"]) == 0
    assert (tmp_path / "env.old").read_text() == "IDENTITY_KEYS=precious\n"
    assert main([str(file), "--replace"]) == 1, "the copy set aside before would be lost"
    assert (tmp_path / "env.old").read_text() == "IDENTITY_KEYS=precious\n"


def test_a_link_that_leads_nowhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "env").symlink_to(tmp_path / "elsewhere")
    assert main([str(tmp_path / "env")]) == 1
    assert not (tmp_path / "elsewhere").exists()


def test_each_run_makes_other_keys(tmp_path: Path) -> None:
    for name in ("one", "two"):
        main([str(tmp_path / name)])
    one, two = ((tmp_path / name).read_text().splitlines() for name in ("one", "two"))
    for key in ("SECRET_KEY=", "IDENTITY_KEYS="):
        assert len({line for line in one + two if line.startswith(key)}) == 2


@pytest.mark.parametrize("host", ["https://skin.example.org", "*", "a b", "a,b"])
def test_a_host_is_a_name_alone(tmp_path: Path, host: str) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path / "env"), "--host", host])


def test_everything_missing_is_told_at_once_without_a_traceback(tmp_path: Path) -> None:
    done = run(tmp_path, "migrate")
    assert done.returncode == 1
    assert [setting.name for setting in REQUIRED if setting.name not in done.stderr] == []
    assert "manage.py init" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_web_server_tells_it_once_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "BIND": "127.0.0.1:0"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.count("EMAIL_URL") == 1
    assert "Traceback" not in done.stderr


def test_nothing_is_missing_where_all_is_set() -> None:
    assert missing(lambda name: PRODUCTION[name]) == ""


def test_settings_that_are_not_given_stand_there_to_be_read() -> None:
    assert "\n#REDIS_URL=redis://" in text({})
    assert "\nEMAIL_URL=\n" in text({})

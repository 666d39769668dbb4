"""What a test leaves behind is noticed, and said in words."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from participants.capture.signals import photo_accepted
from tests.leftovers import WATCHED, differences


@contextmanager
def noticed(*words: str) -> Iterator[None]:
    """What is left in the block, and taken away after it, is told with these words alone."""
    before = [look() for look in WATCHED]
    yield
    told = differences(before, [look() for look in WATCHED])
    assert len(told) == 1
    assert all(word in told[0] for word in words), told


def test_nothing_is_told_where_nothing_is_left() -> None:
    assert differences(*([look() for look in WATCHED] for _ in range(2))) == []


def test_it_is_set_up_first_and_so_the_last_to_look(
    request: pytest.FixtureRequest, db: None, tmp_path: Path
) -> None:
    names = request.fixturenames
    first = names.index("nothing_left_behind")
    assert first < names.index("whole_database") < names.index("settings") < names.index("db")


def test_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    with noticed("environment", "SMS_URL", "None", "'twilio://'"):
        monkeypatch.setenv("SMS_URL", "twilio://")


def test_a_setting_written_past_the_fixture() -> None:
    before = settings.MFA_REQUIRED
    with noticed("settings", "MFA_REQUIRED"):
        settings.MFA_REQUIRED = not before
    settings.MFA_REQUIRED = before


def test_a_folder_that_was_gone_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with noticed("process", "working folder", tmp_path.name):
        monkeypatch.chdir(tmp_path)


def test_an_alarm() -> None:
    with noticed("process", "alarm"):
        signal.setitimer(signal.ITIMER_REAL, 600)
    signal.setitimer(signal.ITIMER_REAL, 0)


def test_a_time_zone() -> None:
    with noticed("whereabouts", "time zone", "Asia/Tokyo"):
        timezone.activate("Asia/Tokyo")
    timezone.deactivate()


def test_a_logger_that_was_silenced() -> None:
    logger = logging.getLogger("participants")
    with noticed("loggers", "participants"):
        logger.disabled = True
    logger.disabled = False


def test_a_listener() -> None:
    def hear(**_: object) -> None:
        """Never called."""

    with noticed("listeners", "hear", "photo_accepted"):
        photo_accepted.connect(hear)
    photo_accepted.disconnect(hear)


def test_a_thread() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait, name="one that waits")
    with noticed("threads", "one that waits"):
        thread.start()
    done.set()
    thread.join()


def test_a_file_in_the_shared_folder() -> None:
    left = Path(settings.VAR_DIR, "left.txt")
    with noticed("files", "left.txt"):
        left.touch()
    left.unlink()

"""Durable work: done once, whatever happens to the worker, the message or the clock."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from participants.capture.models import PhotoCheck
from studies.platform import work
from studies.platform.models import WorkerHeartbeat
from studies.platform.work import Claim, LeaseLost, PermanentFailure, WorkState
from tests.conftest import NewStack
from tests.participants.capture.factories import PhotoFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def check(db: None) -> PhotoCheck:
    return PhotoCheck.objects.create(photo=PhotoFactory())


def complete(claim: Claim[PhotoCheck]) -> None:
    with claim.completing():
        pass


def silence(check: PhotoCheck) -> None:
    """As if the worker that holds the row had died a while ago."""
    PhotoCheck.objects.filter(pk=check.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_row_is_claimed_by_one_worker_only(check: PhotoCheck) -> None:
    assert work.claim(PhotoCheck, check.pk) is not None
    assert work.claim(PhotoCheck, check.pk) is None


def test_a_row_is_not_claimed_before_it_is_due(check: PhotoCheck) -> None:
    PhotoCheck.objects.update(due_at=timezone.now() + timedelta(minutes=5))
    assert work.claim(PhotoCheck, check.pk) is None


def test_a_message_delivered_twice_does_the_work_once(check: PhotoCheck) -> None:
    done: list[int] = []

    def do(claim: Claim[PhotoCheck]) -> None:
        with claim.completing():
            done.append(claim.token)

    assert work.perform(PhotoCheck, check.pk, do) is True
    assert work.perform(PhotoCheck, check.pk, do) is False
    assert done == [1]


def test_a_worker_that_lost_its_lease_writes_nothing(check: PhotoCheck) -> None:
    slow = work.claim(PhotoCheck, check.pk)
    assert slow is not None
    silence(check)
    fast = work.claim(PhotoCheck, check.pk)
    assert fast is not None
    with pytest.raises(LeaseLost):
        slow.renew()
    with pytest.raises(LeaseLost), slow.completing():
        check.photo.delete()
    complete(fast)
    check.refresh_from_db()
    assert (check.state, check.token) == (WorkState.DONE, 2)


def test_results_and_done_are_written_together_or_not_at_all(check: PhotoCheck) -> None:
    def fail_while_writing(claim: Claim[PhotoCheck]) -> None:
        with claim.completing():
            claim.row.photo.camera_make = "half a result"
            claim.row.photo.save()
            raise RuntimeError("the disk is full")

    work.perform(PhotoCheck, check.pk, fail_while_writing)
    check.refresh_from_db()
    assert check.state == WorkState.QUEUED
    assert "the disk is full" in check.last_error
    assert check.photo.camera_make == ""


def test_failures_wait_longer_each_time_and_end_in_quarantine(
    check: PhotoCheck, settings: Settings
) -> None:
    def fail(claim: Claim[PhotoCheck]) -> None:
        raise ValueError("poison")

    delays = []
    for _ in range(settings.WORK_MAX_ATTEMPTS):
        PhotoCheck.objects.update(due_at=timezone.now())
        work.perform(PhotoCheck, check.pk, fail)
        check.refresh_from_db()
        delays.append((check.due_at - timezone.now()).total_seconds())
    assert check.state == WorkState.QUARANTINED
    assert check.last_error == "ValueError: poison"
    assert delays[:4] == sorted(delays[:4])
    assert delays[3] > 7 * delays[0] > 0


def test_a_permanent_failure_is_quarantined_at_once_in_its_own_words(check: PhotoCheck) -> None:
    def refuse(claim: Claim[PhotoCheck]) -> None:
        raise PermanentFailure("Consent was withdrawn.")

    work.perform(PhotoCheck, check.pk, refuse)
    check.refresh_from_db()
    assert (check.state, check.attempts) == (WorkState.QUARANTINED, 1)
    assert check.last_error == "Consent was withdrawn."


def test_a_row_that_kills_its_workers_is_quarantined(check: PhotoCheck, settings: Settings) -> None:
    for _ in range(settings.WORK_MAX_ATTEMPTS):
        assert work.claim(PhotoCheck, check.pk) is not None
        silence(check)
    assert work.claim(PhotoCheck, check.pk) is None
    check.refresh_from_db()
    assert check.state == WorkState.QUARANTINED
    assert "stopped without a result 5 times" in check.last_error


def test_a_quarantined_row_can_be_tried_again_from_the_start(check: PhotoCheck) -> None:
    def refuse(claim: Claim[PhotoCheck]) -> None:
        raise PermanentFailure("not yet")

    work.perform(PhotoCheck, check.pk, refuse)
    assert work.requeue(check) is True
    assert work.requeue(check) is False
    assert work.perform(PhotoCheck, check.pk, complete) is True


def notified_by_sweep() -> list[str]:
    with patch("studies.platform.work.current_app.send_task") as send:
        work.sweep()
    return [call.kwargs["args"][0] for call in send.call_args_list]


def test_the_sweep_notifies_once_of_a_waiting_row(check: PhotoCheck) -> None:
    assert notified_by_sweep() == [str(check.pk)]
    assert notified_by_sweep() == []


def test_the_sweep_notifies_again_when_the_message_was_lost(
    check: PhotoCheck, settings: Settings
) -> None:
    notified_by_sweep()
    settings.WORK_NOTIFY_AGAIN_SECONDS = 0
    assert notified_by_sweep() == [str(check.pk)]


def test_the_sweep_notifies_of_a_row_whose_worker_went_silent(check: PhotoCheck) -> None:
    notified_by_sweep()
    work.claim(PhotoCheck, check.pk)
    assert notified_by_sweep() == []
    later = timezone.now() + timedelta(seconds=1)
    PhotoCheck.objects.update(lease_until=later)
    with patch("studies.platform.work.timezone.now", return_value=later + timedelta(seconds=1)):
        assert notified_by_sweep() == [str(check.pk)]


def test_a_broker_that_is_away_leaves_the_row_to_the_next_sweep(check: PhotoCheck) -> None:
    with (
        patch("studies.platform.work.current_app.send_task", side_effect=ConnectionError),
        pytest.raises(ConnectionError),
    ):
        work.sweep()
    assert notified_by_sweep() == [str(check.pk)]


EIGHT_AT_ONCE = """
import threading
from concurrent.futures import ThreadPoolExecutor
from django.db import connections
from participants.capture.models import PhotoCheck
from studies.platform import work
from tests.participants.capture.factories import PhotoFactory

check = PhotoCheck.objects.create(photo=PhotoFactory())
together = threading.Barrier(8)

def try_to_claim(number):
    together.wait()
    try:
        return work.claim(PhotoCheck, check.pk) is not None
    finally:
        connections.close_all()

with ThreadPoolExecutor(8) as pool:
    got = list(pool.map(try_to_claim, range(8)))
"""


@pytest.mark.parametrize("mode", ["embedded", pytest.param("full", marks=pytest.mark.full)])
def test_of_eight_workers_at_once_one_gets_the_row(new_stack: NewStack, mode: str) -> None:
    """On the product's own database file: the tests' shared memory locks by whole tables."""
    got = new_stack(mode).ask("got", given=EIGHT_AT_ONCE)
    assert sorted(got) == [False] * 7 + [True]


def test_a_worker_shows_that_it_lives() -> None:
    work.beat("worker@clinic")
    work.beat("worker@clinic")
    assert WorkerHeartbeat.objects.alive().count() == 1
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    assert WorkerHeartbeat.objects.alive().count() == 0


def test_work_in_parts_is_due_again_with_fresh_attempts(check: PhotoCheck) -> None:
    later = timezone.now() + timedelta(hours=1)

    def part(claim: Claim[PhotoCheck]) -> None:
        with claim.pausing(until=later):
            pass

    assert work.perform(PhotoCheck, check.pk, part) is True
    check.refresh_from_db()
    assert (check.state, check.attempts, check.due_at) == (WorkState.QUEUED, 0, later)
    assert work.claim(PhotoCheck, check.pk) is None
    PhotoCheck.objects.update(due_at=timezone.now())
    assert work.perform(PhotoCheck, check.pk, complete) is True


def test_a_worker_that_lost_its_lease_puts_nothing_back(check: PhotoCheck) -> None:
    slow = work.claim(PhotoCheck, check.pk)
    assert slow is not None
    silence(check)
    assert work.claim(PhotoCheck, check.pk) is not None
    with pytest.raises(LeaseLost), slow.pausing(until=timezone.now()):
        pytest.fail("nothing may be written")
    check.refresh_from_db()
    assert check.state == WorkState.RUNNING

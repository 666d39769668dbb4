"""Whatever dies, is lost or comes twice: every photo ends scored once, or set aside with a reason.

Design, section 4. The processes are real: gunicorn is not needed here, a Celery worker is.
"""

import signal
from typing import Any

import pytest
import redis

from tests.faults.conftest import send_photos
from tests.servers import wait_until
from tests.stack import Stack

pytestmark = [pytest.mark.faults, pytest.mark.slow]

FACTS = """
from django.db.models import Count
from inference.scoring.models import Run
from inference.scoring.models import Score
from inference.scoring.services import tallies
from participants.capture.models import Photo
from participants.capture.models import PhotoCheck
from participants.people.models import Participant
from studies.record.models import AuditEvent
from studies.record.services.proof import find_breaks
"""


def states(stack: Stack) -> set[str]:
    """The states in which a check or a run is."""
    tables = ("participants_photocheck", "inference_run")
    return {row[0] for table in tables for row in stack.sql(f"SELECT state FROM {table}")}  # noqa: S608


def at_rest(stack: Stack) -> bool:
    """Whether nothing waits and nothing runs any more."""
    return not states(stack) & {"queued", "running"}


def busy(stack: Stack) -> bool:
    return "running" in states(stack)


def outcome(stack: Stack) -> dict[str, Any]:
    """What became of the photos, as the database tells it."""
    expression = """{
        'photos': Photo.objects.count(),
        'accepted': Photo.objects.filter(state='accepted').count(),
        'runs_done': Run.objects.filter(state='done').count(),
        'photos_scored': Run.objects.filter(state='done').values('photo').distinct().count(),
        'runs_without_scores': Run.objects.filter(state='done', scores=None).count(),
        'doubled_scores': Score.objects.values('run', 'condition', 'region')
            .annotate(n=Count('pk')).filter(n__gt=1).count(),
        'acceptances': AuditEvent.objects.filter(action='photo.accept').count(),
        'reasons': list(PhotoCheck.objects.filter(state='quarantined')
            .values_list('last_error', flat=True)),
        'breaks': [b.problem for b in find_breaks()],
        'counted': tallies.count_anew() >= 0,
        'miscounted': tallies.wrong(Participant.objects.values_list('pk', flat=True)),
    }"""
    answer: dict[str, Any] = stack.ask(expression, given=FACTS)
    return answer


def assert_each_scored_once(stack: Stack, photos: int) -> None:
    found = outcome(stack)
    assert found["photos"] == found["accepted"] == photos
    assert found["runs_done"] == found["photos_scored"] == photos
    assert found["acceptances"] == photos
    assert found["runs_without_scores"] == found["doubled_scores"] == 0
    assert found["reasons"] == []
    assert found["breaks"] == []
    assert found["miscounted"] == []


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param("embedded", marks=pytest.mark.prove),
        pytest.param("full", marks=pytest.mark.full),
    ],
    indirect=True,
)
def test_a_worker_killed_again_and_again_loses_no_photo(stack: Stack) -> None:
    sent = send_photos(stack, people=2)
    for life in range(2):
        stack.start_worker(f"worker{life}")
        wait_until(lambda: busy(stack), seconds=60, what="work to begin")
        stack.kill(f"worker{life}", signal.SIGKILL)
    stack.start_worker("last")
    wait_until(lambda: at_rest(stack), seconds=120, what=f"the work\n{stack.log('last')}")
    assert_each_scored_once(stack, len(sent))


@pytest.mark.parametrize(
    "stack",
    ["embedded", pytest.param("full", marks=[pytest.mark.full, pytest.mark.prove])],
    indirect=True,
)
def test_work_that_cannot_be_done_is_set_aside_and_the_rest_goes_on(stack: Stack) -> None:
    sent = send_photos(stack, people=2)
    stack.ask(
        f"private_storage().delete(Photo.objects.get(pk='{sent[0]}').original_file)",
        given=FACTS + "from studies.platform.storage import private_storage",
    )
    stack.start_worker()
    wait_until(lambda: at_rest(stack), seconds=120, what=f"the work\n{stack.log('worker')}")
    found = outcome(stack)
    assert found["photos_scored"] == found["runs_done"] == len(sent) - 1
    [reason] = found["reasons"]
    assert reason, "a person reads why"
    assert found["breaks"] == []


@pytest.mark.full
@pytest.mark.parametrize("stack", ["full"], indirect=True)
def test_two_workers_lost_messages_and_doubled_messages(stack: Stack) -> None:
    broker = redis.Redis.from_url(stack.settings["REDIS_URL"])
    sent = send_photos(stack, people=2)
    assert broker.llen("celery") > 0, "a worker was notified on commit"
    broker.flushall()  # every message is lost
    stack.start_worker("one")
    stack.start_worker("two")
    wait_until(lambda: busy(stack), seconds=60, what="work to begin")
    broker.flushall()  # and again, in the middle
    twice = (
        "[current_app.send_task(m.task_name, args=[str(pk)]) and None for _ in (1, 2)"
        " for m in (PhotoCheck, Run) for pk in m.objects.values_list('pk', flat=True)]"
    )
    stack.ask(twice, given=FACTS + "from celery import current_app")
    wait_until(lambda: at_rest(stack), seconds=120, what=f"the work\n{stack.log('one')}")
    assert_each_scored_once(stack, len(sent))

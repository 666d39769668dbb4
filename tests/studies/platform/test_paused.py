"""A database that takes no writes: 503 in words, from whatever page, and nothing half done."""

import sqlite3
from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from psycopg.errors import DeadlockDetected, LockNotAvailable

from studies.access.models import Membership
from studies.backup import holding
from studies.backup.services import moving
from studies.platform import paused, versions
from studies.platform.models import DatabaseMove, WorkerHeartbeat
from studies.platform.work import beat
from studies.protocol.models import Study
from tests.conftest import Team
from tests.studies.platform.test_room import wrapped

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("error", "known"),
    [
        (wrapped(sqlite3.OperationalError("database is locked")), True),
        (wrapped(LockNotAvailable("canceling statement due to lock timeout")), True),
        (wrapped(DeadlockDetected("deadlock detected")), False),
        (OSError("database is locked"), False),
    ],
)
def test_who_waited_too_long_is_told_from_other_faults(error: Exception, known: bool) -> None:
    assert paused.met_in(error) is known


def test_a_moved_database_refuses_every_write_until_that_is_undone(team: Team) -> None:
    title = team.study.title
    holding.refuse_writes()
    DatabaseMove.objects.create(kind="left", other="postgres://new/gsh", files="")
    for write in (
        lambda: Study.objects.filter(pk=team.study.pk).update(title="Another"),
        Membership.objects.filter(user=team.amina).delete,
        lambda: Study.objects.create(code="NEW-1", title="New"),
    ):
        with pytest.raises(DatabaseError) as raised, transaction.atomic():
            write()
        assert paused.met_in(raised.value)
    assert Study.objects.get(pk=team.study.pk).title == title
    beat("worker@here")  # says that it lives, and waits
    assert WorkerHeartbeat.objects.exists()

    assert "was moved to postgres://new/gsh" in versions.standing().words
    assert "Name that one in DATABASE_URL" in versions.standing().mend
    assert moving.undo()
    assert versions.standing().mend == ""
    Study.objects.filter(pk=team.study.pk).update(title="Another")
    assert not moving.undo()


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("/studies/MEL-8/protocol/", "studies.pages.views.render"),
        ("/studies/", "studies.members.sessions.StaffSessionMiddleware.__call__"),
        ("/api/v1/studies/", "rest_framework.mixins.ListModelMixin.list"),
    ],
    ids=["view", "middleware", "API"],
)
def test_it_is_said_in_words_on_pages_and_as_a_problem_by_the_api(
    team: Team,
    as_person: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    place: str,
) -> None:
    def locked(*_args: object, **_options: object) -> None:
        raise wrapped(sqlite3.OperationalError("database is locked"))

    client = as_person(team.amina)
    client.raise_request_exception = False
    monkeypatch.setattr(place, locked)
    answer = client.get(address)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert "Everything saved before is there" in answer.content.decode()

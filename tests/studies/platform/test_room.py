"""A full disk: told from every other fault, answered with 507 in words, nothing lost."""

import errno
import sqlite3
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError
from django.db import DatabaseError, OperationalError
from django.test import Client
from psycopg.errors import DeadlockDetected, DiskFull

from studies.platform import room
from studies.platform.errors import Invalid
from tests.conftest import Team
from tests.full_disk import full_sqlite


def wrapped(cause: Exception) -> DatabaseError:
    """As Django raises what the database's own library raised."""
    error = OperationalError(*cause.args)
    error.__cause__ = cause
    return error


def tight_sqlite() -> Exception:
    """What it says where its write-ahead log's index does not fit (the number is SQLite's)."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode, error.sqlite_errorname = 4874, "SQLITE_IOERR_SHMSIZE"
    return error


def damaged_sqlite() -> Exception:
    """What it says where the disk is at fault."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode, error.sqlite_errorname = 266, "SQLITE_IOERR_READ"
    return error


def of_store(code: str, status: int) -> ClientError:
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "PutObject")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        wrapped(full_sqlite()),
        wrapped(tight_sqlite()),
        wrapped(DiskFull("could not extend file")),
        of_store("XMinioStorageFull", 500),
        of_store("Other", 507),
    ],
    ids=["disk", "quota", "sqlite", "sqlite's log", "postgresql", "minio", "store"],
)
def test_a_full_disk_is_known_whoever_met_it(error: Exception) -> None:
    assert room.met_in(error)
    behind = RuntimeError("could not be kept")
    behind.__cause__ = error
    with pytest.raises(room.NoRoom), room.refused():
        raise behind


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EIO, "Input/output error"),
        OSError("without a number"),
        wrapped(damaged_sqlite()),
        wrapped(sqlite3.OperationalError("no such table: t")),
        wrapped(DeadlockDetected("deadlock detected")),
        of_store("AccessDenied", 403),
        Invalid("No."),
    ],
    ids=["damage", "unknown", "sqlite", "table", "deadlock", "denied", "refusal"],
)
def test_other_faults_stay_what_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, room.refused():
        raise error
    assert raised.value is error


def test_causes_that_go_round_in_a_circle_come_to_an_end() -> None:
    one, two = RuntimeError("one"), RuntimeError("two")
    one.__cause__, two.__cause__ = two, one
    assert not room.met_in(one)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("/studies/MEL-8/protocol/", "studies.pages.views.render"),
        ("/studies/", "studies.members.sessions.StaffSessionMiddleware.__call__"),
        ("/api/v1/studies/", "rest_framework.mixins.ListModelMixin.list"),
        ("/api/v1/studies/", "studies.members.sessions.StaffSessionMiddleware.__call__"),
    ],
    ids=["view", "middleware", "API's view", "API's middleware"],
)
def test_a_page_says_it_in_words_and_the_api_as_a_problem(
    team: Team,
    as_person: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    place: str,
) -> None:
    def full(*_args: object, **_options: object) -> None:
        raise wrapped(full_sqlite())

    client = as_person(team.amina)
    client.raise_request_exception = False  # a handler answers what a middleware met
    monkeypatch.setattr(place, full)
    answer = client.get(address)
    assert answer.status_code == 507
    if address.startswith("/api/"):
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:gsh:problem:no_room"
    else:
        text = answer.content.decode()
        assert "There is no room on the server" in text
        assert "Everything saved before is there" in text

"""Whether it runs, asked by load balancers (by address, without TLS) and by who watches it."""

import logging
from pathlib import Path

import pytest
from django.db import connection
from django.db.utils import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from studies.platform.models import WorkerHeartbeat
from tests.servers import free_port

pytestmark = pytest.mark.django_db


def nobody_listens() -> str:
    return f"redis://127.0.0.1:{free_port()}/0"


@pytest.mark.parametrize("host", ["10.0.3.7:8000", "lb.internal", "skin.example.org"])
def test_a_probe_by_address_is_answered(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture, host: str
) -> None:
    settings.ALLOWED_HOSTS = ["skin.example.org"]
    settings.SECURE_SSL_REDIRECT = True
    answer = client.get("/health/", headers={"host": host})
    assert (answer.status_code, answer.json()["database"]) == (200, "ok")
    assert not caplog.records


def test_an_unknown_host_is_refused_in_one_line(
    client: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ALLOWED_HOSTS = ["skin.example.org"]
    with caplog.at_level(logging.INFO):
        assert client.get("/accounts/login/", headers={"host": "10.0.3.7"}).status_code == 400
    told = [record for record in caplog.records if "10.0.3.7" in record.getMessage()]
    assert told
    assert not [record for record in told if record.exc_info]


def test_without_the_broker_people_are_served_and_it_is_said(
    client: Client, settings: Settings
) -> None:
    settings.REDIS_URL = nobody_listens()
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()["broker"]) == (200, "away")


def test_without_the_database_nobody_can_be_served(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/health/")
    assert (answer.status_code, answer.json()["database"]) == (503, "away")


def test_who_watches_hears_of_each_part(client: Client, settings: Settings, tmp_path: Path) -> None:
    whole = {"database": "ok", "broker": "ok", "storage": "ok", "workers": 1}
    assert client.get("/health/all/").json() == {**whole, "workers": 0}
    assert client.get("/health/all/").status_code == 503
    WorkerHeartbeat.objects.create(name="one", seen_at=timezone.now())
    answer = client.get("/health/all/")
    assert (answer.status_code, answer.json()) == (200, whole)
    settings.REDIS_URL = nobody_listens()
    answer = client.get("/health/all/")
    assert (answer.status_code, answer.json()) == (503, {**whole, "broker": "away"})
    settings.REDIS_URL = ""
    (tmp_path / "file").touch()
    storages = {**settings.STORAGES}
    backend = storages["private"]["BACKEND"]
    storages["private"] = {
        "BACKEND": backend,
        "OPTIONS": {"location": str(tmp_path / "file" / "x")},
    }
    settings.STORAGES = storages
    answer = client.get("/health/all/")
    assert (answer.status_code, answer.json()) == (503, {**whole, "storage": "away"})


def test_nobody_changes_anything_there(client: Client) -> None:
    assert client.post("/health/").status_code == 405
    assert client.post("/health/all/").status_code == 405

"""Whoever watches the installation, and a study's staff, see whether there is a backup of use."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from studies.backup.models import BackupRun
from tests.conftest import Team
from tests.studies.backup.conftest import Kept

pytestmark = pytest.mark.django_db
PAGE = "/studies/MEL-8/work/"


def backed_up(hours: float, **fields: object) -> None:
    at = timezone.now() - timedelta(hours=hours)
    BackupRun.objects.create(state="done", created_at=at, finished_at=at, **fields)


def watched(client: Client) -> str | None:
    return client.get("/health/all/").json().get("backup")


def page_for(team: Team) -> str:
    client = Client()
    client.force_login(team.dewi)
    return client.get(PAGE).content.decode()


def test_where_nobody_asked_for_backups_nothing_is_said(client: Client, team: Team) -> None:
    assert watched(client) is None
    assert "backup" not in page_for(team)


def test_a_new_installation_has_until_tomorrow(client: Client, team: Team, kept: Kept) -> None:
    BackupRun.objects.create()
    assert watched(client) == "ok"
    assert "Last good backup" not in page_for(team)


def test_a_backup_of_last_night_is_told(client: Client, team: Team, kept: Kept) -> None:
    backed_up(9)
    assert watched(client) == "ok"
    assert "Last good backup" in page_for(team)
    assert "too old" not in page_for(team)


def test_an_old_backup_or_none_is_late(client: Client, team: Team, kept: Kept) -> None:
    BackupRun.objects.create(created_at=timezone.now() - timedelta(hours=40))
    assert watched(client) == "late"
    backed_up(37)
    answer = client.get("/health/all/")
    assert (answer.status_code, answer.json()["backup"]) == (503, "late")
    assert "The last backup is too old" in page_for(team)


def test_files_that_changed_are_told(team: Team, kept: Kept) -> None:
    backed_up(1, damaged=["originals/x/y.jpg"])
    assert "Stored files have changed" in page_for(team)

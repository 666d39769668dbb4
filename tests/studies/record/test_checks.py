"""``check --deploy``: that acts can be recorded, and the record anchored."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from studies.platform.actors import SYSTEM
from studies.record.checks import anchors, record_keys
from studies.record.services import record

pytestmark = pytest.mark.django_db


def test_nothing_is_wrong_where_nothing_is() -> None:
    record(by=SYSTEM, action="study.create", study="MEL-8")
    assert [*record_keys(), *anchors()] == []


def test_identity_keys_that_do_not_open_the_record_are_told(settings: Settings) -> None:
    record(by=SYSTEM, action="study.create", study="MEL-8")
    settings.IDENTITY_KEYS = ["another identity key that is long enough to seal with"]
    [found] = record_keys()
    assert found.id == "studies.E008"
    assert "MEL-8" in found.msg


def test_a_folder_that_takes_no_anchor_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    there = {**settings.STORAGES["anchors"], "OPTIONS": {"location": str(tmp_path / "file")}}
    settings.STORAGES = {**settings.STORAGES, "anchors": there}
    [found] = anchors()
    assert found.id == "studies.E009"

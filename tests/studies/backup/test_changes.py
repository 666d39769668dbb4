"""What changes while a database is copied is noted, follows, and nothing else does."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from studies.backup import changes, rows, watching
from studies.backup.checks import no_move_is_open
from studies.backup.row_hashes import RowHash, RowHashes
from studies.protocol.models import Site
from tests.conftest import Team

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(tmp_path: Path, team: Team) -> Iterator[RowHashes]:
    """The other end, which holds all that there is."""
    with RowHashes(tmp_path) as there:
        list(changes.everything("default", there))
        yield there


@pytest.fixture
def watched(there: RowHashes) -> Iterator[None]:
    watching.start()
    yield
    watching.stop()


def sums() -> dict[str, list[Any]]:
    return {label: table.as_list() for label, table in rows.sums_of(apps, "default").items()}


def sent(lines: Iterator[bytes]) -> dict[str, tuple[list[Any], int]]:
    """Table → keys that are to go, and how many rows follow."""
    found: dict[str, tuple[list[Any], int]] = {}
    label = ""
    for line in lines:
        value = json.loads(line)
        if isinstance(value, list):
            found[label] = (found[label][0], found[label][1] + 1)
        elif "table" in value:
            label = value["table"]
            found[label] = (value["remove"], 0)
    return {label: each for label, each in found.items() if each != ([], 0)}


def test_what_all_rows_add_up_to_follows_from_those_that_changed(
    there: RowHashes, watched: None, team: Team
) -> None:
    assert dict(there.sums_listed(sums())) == sums()
    changed, gone = Site.objects.all()[:2]
    key = gone.pk
    apps.get_model("studies.Membership").objects.filter(site=gone).delete()
    there_and_back = Site.objects.exclude(pk__in=[changed.pk, key]).first()
    new = Site.objects.create(study=changed.study, code="NEW", name="New", country="SG")
    Site.objects.filter(pk=changed.pk).update(name="Another")
    Site.objects.filter(pk=key).delete()
    if there_and_back:
        was = there_and_back.name
        Site.objects.filter(pk=there_and_back.pk).update(name="For a moment")
        Site.objects.filter(pk=there_and_back.pk).update(name=was)

    told = sent(changes.changed("default", watching.marks(), there))

    assert set(told["studies.site"][0]) == {changed.pk, key}
    assert told["studies.site"][1] == 2, new
    assert "studies.study" not in told
    assert dict(there.sums_listed(sums())) == sums()


def test_a_change_that_is_noted_while_others_are_copied_stays_noted(
    there: RowHashes, watched: None, team: Team
) -> None:
    site = Site.objects.first()
    assert site
    Site.objects.filter(pk=site.pk).update(name="Once")
    seen = watching.marks()
    Site.objects.filter(pk=site.pk).update(name="Twice")
    watching.forget(seen)
    assert {(mark.label, mark.key) for mark in watching.marks()} == {("studies.site", str(site.pk))}


def test_it_goes_on_with_what_an_earlier_try_left_over_there(
    there: RowHashes, team: Team, tmp_path: Path
) -> None:
    """Only what differs is sent again; what is there and not here goes."""
    site = Site.objects.first()
    assert site
    there.put("studies.site", [RowHash(site.pk, sha256(b"as it was").digest())])
    there.put("studies.site", [RowHash(999_999, sha256(b"gone").digest())])
    told = sent(changes.everything("default", there))
    assert told == {"studies.site": (told["studies.site"][0], 1)}
    assert set(told["studies.site"][0]) == {site.pk, 999_999}
    assert dict(there.sums_listed(sums())) == sums()


def test_it_leaves_nothing_behind(watched: None) -> None:
    assert watching.is_on()
    assert [each.id for each in no_move_is_open()] == ["studies.W014"]
    watching.stop()
    assert no_move_is_open() == []
    assert not watching.is_on()
    Site.objects.update(name="Nobody notes it")  # no trigger names the table that is gone
    watching.stop()

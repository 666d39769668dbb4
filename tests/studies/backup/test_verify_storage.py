"""Every stored file against its hash, every name against its file, and files that no row names."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError
from django.db import models
from django.utils import timezone

from participants.capture.models import Photo
from studies.backup.services.one_file import file_columns
from studies.backup.services.stored_files import TOO_MANY_MISSING
from studies.platform import storage
from tests.conftest import Team
from tests.participants.privacy.erasing import Filled, fill
from tests.studies.backup.conftest import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(team: Team) -> Filled:
    return fill(team)


def stored(name: str) -> Path:
    return Path(storage.private_storage().path(name))


def old(name: str) -> str:
    """The file ``name``, written two days ago."""
    then = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(stored(name), (then, then))
    return name


def test_whole_files_are_counted_and_shares_add_up(filled: Filled) -> None:
    every = json.loads(run("verify_storage", "--json"))
    assert (every["missing"], every["altered"], every["orphans"]) == ([], [], [])
    assert every["files"] >= 4 * len(filled.photos)
    shares = [json.loads(run("verify_storage", "--json", "--part", f"{n}/3")) for n in (1, 2, 3)]
    assert sum(share["files"] for share in shares) == every["files"]


def test_a_missing_an_altered_file_and_an_edited_hash_are_found(filled: Filled) -> None:
    first, second, third = filled.photos
    stored(first.original_file).unlink()
    stored(second.thumbnail_file).write_bytes(b"rotten")
    Photo.objects.filter(pk=third.pk).update(upright_sha256="0" * 64)
    with pytest.raises(CommandError, match="3 files are not what they were") as told:
        run("verify_storage")
    assert f"{first.original_file} is missing" in str(told.value)
    for name in (second.thumbnail_file, third.upright_file):
        assert f"{name} is not what was stored" in str(told.value)


def test_orphans_are_told_and_removed_only_when_asked_and_old(filled: Filled) -> None:
    stray = old(storage.store("originals", "nobody", b"a stray", suffix=".jpg")[0])
    young = storage.store("originals", "nobody", b"just written", suffix=".jpg")[0]
    kept = old(storage.store("erasures", "MEL-8", b"{}", suffix=".json")[0])
    assert json.loads(run("verify_storage", "--json"))["orphans"] == [stray]
    assert stored(stray).exists()
    assert "1 files that no row names were removed" in run("verify_storage", "--remove-orphans")
    assert [stored(name).exists() for name in (stray, young, kept)] == [False, True, True]
    assert json.loads(run("verify_storage", "--json"))["orphans"] == []


def test_a_store_that_is_away_is_not_taken_for_lost_files(filled: Filled) -> None:
    photo = filled.photos[0]
    for number in range(TOO_MANY_MISSING):
        photo.pk = f"00000000-0000-4000-8000-{number:012d}"
        photo.state = Photo.State.REPLACED
        photo.save(force_insert=True)
    for path in [path for path in stored("").rglob("*") if path.is_file()]:
        path.unlink()
    with pytest.raises(CommandError, match="Is the disk of STORAGE_URL mounted"):
        run("verify_storage")


@pytest.mark.parametrize("share", ["0/2", "3/2", "half", "1/0"])
def test_a_share_that_is_none_is_refused(db: None, share: str) -> None:
    with pytest.raises(CommandError, match="N/M"):
        run("verify_storage", "--part", share)


def test_every_column_that_names_a_file_is_looked_at() -> None:
    """A column of another name, or of Django's own kind of file, would be passed over."""
    assert {(model._meta.label_lower, column) for model, column in file_columns()} == {
        ("inference.activationmap", "file"),
        ("inference.anchor", "file"),
        ("inference.modelpackage", "file"),
        ("inference.run", "cleaned_file"),
        ("inference.trial", "result_file"),
        ("inference.trial", "upload_file"),
        ("participants.consent", "pdf_file"),
        ("participants.consent", "signature_file"),
        ("participants.photo", "landmarks_file"),
        ("participants.photo", "original_file"),
        ("participants.photo", "thumbnail_file"),
        ("participants.photo", "upright_file"),
    }
    of_django = [
        field
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.FileField)
    ]
    assert of_django == []

"""Activation maps and cleaned pictures against their photos: found, and made anew on request."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from inference.scoring.models import ActivationMap, Run, Score
from inference.scoring.services.scoring import cleaned_file
from participants.capture.models import Photo
from studies.platform import storage
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.scoring.photos import make_visit, real_photo, score_now, tiny, use

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(team: Team, tmp_path: Path) -> Run:
    use(team.study, tiny(tmp_path))
    [run] = score_now(real_photo(make_visit(team.sg01)))
    cleaned_file(run)
    run.refresh_from_db()
    assert run.maps.exists()
    return run


def run_command(*words: str) -> str:
    said = io.StringIO()
    call_command("verify_maps", *words, stdout=said)
    return said.getvalue()


def stored(name: str) -> Path:
    return Path(storage.private_storage().path(name))


def names_of(run: Run) -> list[str]:
    return [*run.maps.values_list("file", flat=True), run.cleaned_file]


def test_what_is_damaged_is_told_and_made_anew_byte_by_byte_on_request(done: Run) -> None:
    names = names_of(done)
    before = {name: storage.read(name) for name in names}
    assert f"{len(names)} are whole" in run_command()
    stored(names[0]).write_bytes(b"rotten")
    stored(names[-1]).unlink()
    with pytest.raises(CommandError, match=f"{names[0]} is missing or not what was stored; --rem"):
        run_command()
    assert storage.read(names[0]) == b"rotten"  # nobody asked
    assert "2 were made anew" in run_command("--remake")
    assert {name: storage.read(name) for name in names} == before
    told = AuditEvent.objects.filter(action="photo.remake", object_id=str(done.photo_id))
    assert told.count() == 2


def test_a_map_that_another_photo_made_is_told_and_left(done: Run) -> None:
    """Whole by its own hash, and yet not what this photo makes: and neither are the scores."""
    first = done.maps.first()
    assert first is not None
    other, _ = storage.store("maps", str(done.photo_id), b"of another photo", suffix=".png")
    ActivationMap.objects.filter(pk=first.pk).update(file=other)
    Score.objects.filter(run=done).exclude(severity=None).update(
        severity=50.0, severity_low=None, severity_high=None
    )
    with pytest.raises(CommandError, match=f"{other} is not what the network makes of this photo"):
        run_command("--remake")
    assert storage.read(other) == b"of another photo"


def test_a_map_that_another_machine_made_otherwise_is_whole_by_its_own_hash(done: Run) -> None:
    first = done.maps.first()
    assert first is not None
    other, _ = storage.store("maps", str(done.photo_id), b"sums a little apart", suffix=".png")
    ActivationMap.objects.filter(pk=first.pk).update(file=other)
    assert "were compared" in run_command()
    stored(other).write_bytes(b"rotten")
    with pytest.raises(CommandError, match="restore --file brings it back"):
        run_command("--remake")
    assert storage.read(other) == b"rotten"


def test_of_a_damaged_photo_nothing_can_be_told(done: Run) -> None:
    photo = Photo.objects.get(pk=done.photo_id)
    stored(photo.upright_file).write_bytes(b"rotten")
    with pytest.raises(CommandError, match="cannot be told: its photo is damaged"):
        run_command("--remake")

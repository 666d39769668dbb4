"""Clean copies and thumbnails against their originals: found, and made anew on request."""

import io
import uuid
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from participants.capture.models import Photo, PhotoCheck
from participants.capture.services.photos import receive_photo
from participants.capture.tasks import check_photo
from studies.platform import storage
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.imaging.people import portrait
from tests.participants.phone import make_phone, sha256

pytestmark = pytest.mark.usefixtures("on_the_day")


@pytest.fixture
def photo(team: Team) -> Photo:
    team.study.quality_profile = "off"
    team.study.save()
    out = io.BytesIO()
    Image.fromarray(portrait()).save(out, "JPEG", quality=90)
    phone, body = make_phone(team.sg01), out.getvalue()
    photo = receive_photo(
        photo_id=uuid.uuid4(), visit=phone.visit, view="front", content=body,
        sha256=sha256(body), by=phone.participant,
    )  # fmt: skip
    check_photo(str(PhotoCheck.objects.get(photo=photo).pk))
    photo.refresh_from_db()
    return photo


def run(command: str, *words: str) -> str:
    said = io.StringIO()
    call_command(command, *words, stdout=said)
    return said.getvalue()


def stored(name: str) -> Path:
    return Path(storage.private_storage().path(name))


def test_what_is_damaged_is_made_anew_byte_by_byte_and_the_photo_is_let_in(photo: Photo) -> None:
    assert "2 are whole" in run("verify_pictures")
    before = {name: storage.read(name) for name in (photo.upright_file, photo.thumbnail_file)}
    stored(photo.upright_file).write_bytes(b"rotten")
    stored(photo.thumbnail_file).unlink()
    with pytest.raises(CommandError, match=f"{photo.thumbnail_file} is missing"):
        run("verify_storage")
    photo.refresh_from_db()
    assert photo.kept_out
    with pytest.raises(CommandError, match="--remake makes it anew"):
        run("verify_pictures")
    assert storage.read(photo.upright_file) == b"rotten"  # nobody asked

    assert "2 were made anew" in run("verify_pictures", "--remake")

    assert {name: storage.read(name) for name in before} == before
    photo.refresh_from_db()
    assert not photo.kept_out
    assert AuditEvent.objects.filter(action="photo.remake", object_id=str(photo.pk)).count() == 2
    assert "0 were made anew" in run("verify_pictures", "--remake")


def test_a_clean_copy_of_another_photo_is_found_and_never_overwritten(photo: Photo) -> None:
    """Whole by its own hash, in file and row, and yet not made from this photo."""
    other, digest = storage.store("uprights", str(photo.pk), b"another's face", suffix=".jpg")
    Photo.objects.filter(pk=photo.pk).update(upright_file=other, upright_sha256=digest)
    with pytest.raises(CommandError) as told:  # of the consent's own files, which are none
        run("verify_storage")
    assert other not in str(told.value)
    with pytest.raises(CommandError, match=f"{other} is not what is made of its original"):
        run("verify_pictures", "--remake")
    assert storage.read(other) == b"another's face"


def test_where_the_original_is_damaged_nothing_is_made_of_it(photo: Photo) -> None:
    stored(photo.original_file).write_bytes(b"rotten")
    stored(photo.thumbnail_file).unlink()
    with pytest.raises(CommandError, match="its original is damaged"):
        run("verify_pictures", "--remake")
    assert not stored(photo.thumbnail_file).exists()

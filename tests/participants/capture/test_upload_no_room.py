"""Uploads while the disk is full: 507 in the participant's words, and nothing that came is lost."""

import errno
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError

from participants.capture.models import Photo
from studies.protocol.models import Study
from tests.full_disk import full_sqlite
from tests.participants.phone import JPEG, Phone, at, sha256, stored

pytestmark = pytest.mark.usefixtures("on_the_day")

FULL = OSError(errno.ENOSPC, "No space left on device")
SQLITE = OperationalError("database or disk is full")
SQLITE.__cause__ = full_sqlite()


@contextmanager
def failing(place: str, error: Exception) -> Iterator[None]:
    """``place`` finds no room, as long as this lasts."""

    def fail(*_args: Any, **_options: Any) -> None:
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, fail)
        yield


@pytest.mark.parametrize(
    ("place", "error"),
    [
        ("participants.capture.services.uploads.receive", FULL),
        ("participants.capture.services.uploads.put_on_disk", FULL),
        ("studies.platform.storage.DurableFileSystemStorage._save", FULL),
        ("participants.capture.models.Photo.objects.create", SQLITE),
    ],
    ids=["chunk", "flush", "storage", "database"],
)
def test_a_photo_that_met_a_full_disk_goes_on_where_it_was(
    phone: Phone, place: str, error: Exception
) -> None:
    photo = uuid.uuid4()
    phone.create(JPEG, photo)
    assert phone.patch(photo, 0, JPEG[:1000]).status_code == 204
    with failing(place, error):
        answer = phone.patch(photo, 1000, JPEG[1000:])
    assert answer.status_code == 507
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Tus-Resumable"] == "1.0.0"
    told = answer.json()
    assert (told["type"], told["status"]) == ("urn:gsh:problem:no_room", 507)
    assert "photos on this phone stay there" in told["detail"]
    assert not Photo.objects.exists()

    assert phone.head(photo)["Upload-Offset"] == "1000"
    done = phone.patch(photo, 1000, JPEG[1000:])
    assert (done.status_code, done["Photo-SHA256"]) == (204, sha256(JPEG))
    assert stored(photo) == JPEG


def test_a_photo_that_could_not_be_begun_is_begun_again(phone: Phone) -> None:
    photo = uuid.uuid4()
    with failing("participants.capture.models.Upload.objects.get_or_create", SQLITE):
        assert phone.create(JPEG, photo).status_code == 507
    again = phone.create(JPEG, photo)
    assert (again.status_code, again["Location"]) == (201, at(photo))


def test_it_is_said_in_the_participants_language(phone: Phone) -> None:
    Study.objects.update(languages=["en", "ms"])
    phone.participant.language = "ms"
    phone.participant.save()
    with failing("participants.my.views.home.render", FULL):
        page = phone.client.get("/my/")
    assert page.status_code == 507
    assert "Tiada ruang di pihak kami" in page.content.decode()

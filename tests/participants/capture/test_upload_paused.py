"""Uploads while nothing can be written: the phone keeps its photo, and sends it afterwards."""

import uuid

import pytest

from participants.capture.models import Photo
from studies.backup import holding
from tests.participants.phone import JPEG, Phone


@pytest.mark.usefixtures("on_the_day")
def test_a_phone_keeps_its_photo_and_sends_it_when_writing_goes_on(phone: Phone) -> None:
    photo = uuid.uuid4()
    phone.create(JPEG, photo)
    assert phone.patch(photo, 0, JPEG[:1000]).status_code == 204
    holding.refuse_writes()
    answer = phone.patch(photo, 1000, JPEG[1000:])
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert answer.json()["type"] == "urn:gsh:problem:paused"
    assert "photos on this phone stay there" in answer.json()["detail"]
    assert not Photo.objects.exists()

    holding.take_writes()
    offset = int(phone.head(photo)["Upload-Offset"])
    assert phone.patch(photo, offset, JPEG[offset:]).status_code == 204
    assert Photo.objects.exists()

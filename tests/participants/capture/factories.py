"""Photos of a visit; no file lies behind them."""

import uuid

import factory

from participants.capture.models import Photo
from tests.factories import NOW, Counting, sha256
from tests.participants.visits.factories import VisitFactory


class PhotoFactory(Counting):
    class Meta:
        model = Photo

    id = factory.LazyFunction(uuid.uuid4)
    visit = factory.SubFactory(VisitFactory)
    view = "front"
    state = Photo.State.ACCEPTED
    original_file = factory.LazyAttribute(lambda p: f"originals/{p.id}/{p.sha256}.jpg")
    sha256 = factory.LazyAttribute(lambda p: sha256(str(p.id)))
    size = 1000
    received_at = NOW

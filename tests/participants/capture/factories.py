"""Photos of a visit; no file lies behind them."""

import uuid

import factory
from factory.random import randgen

from participants.capture.models import Photo
from tests.factories import NOW, Counting, sha256
from tests.participants.visits.factories import VisitFactory


class PhotoFactory(Counting):
    class Meta:
        model = Photo

    # Random, since phones make them, and the same again when a run is repeated with its seed.
    id = factory.LazyFunction(lambda: uuid.UUID(int=randgen.getrandbits(128), version=4))
    visit = factory.SubFactory(VisitFactory)
    view = "front"
    state = Photo.State.ACCEPTED
    original_file = factory.LazyAttribute(lambda p: f"originals/{p.id}/{p.sha256}.jpg")
    sha256 = factory.LazyAttribute(lambda p: sha256(str(p.id)))
    size = 1000
    received_at = NOW

"""Notes on photos."""

import factory

from participants.photo_notes.models import PhotoNote
from tests.factories import NOW, Counting
from tests.participants.capture.factories import PhotoFactory
from tests.studies.access.factories import UserFactory


class PhotoNoteFactory(Counting):
    class Meta:
        model = PhotoNote

    photo = factory.SubFactory(PhotoFactory)
    number = factory.Sequence(lambda n: n + 1)
    region = factory.LazyFunction(lambda: {"x": 0.25, "y": 0.5, "width": 0.1, "height": 0.2})
    text = "A scar, there since childhood"
    at = NOW
    by = factory.SubFactory(UserFactory)

"""Notes."""

import factory

from participants.scheduling.models import Note
from tests.factories import NOW, Counting
from tests.participants.people.factories import ParticipantFactory
from tests.studies.access.factories import UserFactory


class NoteFactory(Counting):
    class Meta:
        model = Note

    participant = factory.SubFactory(ParticipantFactory)
    text = "Sunburnt"
    at = NOW
    by = factory.SubFactory(UserFactory)

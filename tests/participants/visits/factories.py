"""Visits of a participant."""

from datetime import date

import factory

from participants.visits.models import Visit
from tests.factories import Counting
from tests.participants.people.factories import ParticipantFactory
from tests.studies.protocol.factories import VisitDefinitionFactory


class VisitFactory(Counting):
    class Meta:
        model = Visit

    participant = factory.SubFactory(ParticipantFactory)
    definition = factory.SubFactory(
        VisitDefinitionFactory, study=factory.SelfAttribute("..participant.study")
    )
    state = Visit.State.DUE
    scheduled_on = date(2026, 3, 2)
    opens_on = date(2026, 3, 1)
    closes_on = date(2026, 3, 5)

"""Submissions as rows, without answers."""

import factory

from participants.answers.models import Submission
from tests.factories import NOW, Counting
from tests.participants.people.factories import ParticipantFactory
from tests.studies.assignments.factories import AssignmentFactory


class SubmissionFactory(Counting):
    class Meta:
        model = Submission

    participant = factory.SubFactory(ParticipantFactory)
    assignment = factory.SubFactory(
        AssignmentFactory, study=factory.SelfAttribute("..participant.study")
    )
    version = factory.LazyAttribute(lambda made: made.assignment.instrument.versions.get())
    begun_at = NOW

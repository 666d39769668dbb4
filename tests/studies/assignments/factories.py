"""Assignments: the small form of tests, asked at a visit."""

import factory

from studies.assignments.models import Assignment
from tests.factories import Counting
from tests.studies.instruments.factories import InstrumentFactory


class AssignmentFactory(Counting):
    class Meta:
        model = Assignment

    study = factory.SelfAttribute("instrument.study")
    instrument = factory.SubFactory(InstrumentFactory)
    code = factory.SelfAttribute("instrument.code")
    timing = Assignment.Timing.VISITS
    visits = ["week-0"]
    filled_by = Assignment.FilledBy.PARTICIPANT

"""A study and the parts of its protocol, with values a coordinator would recognise."""

import factory
from factory.django import DjangoModelFactory

from studies.protocol.models import Arm, EligibilityCriterion, Site, Study, VisitDefinition


class StudyFactory(DjangoModelFactory):
    class Meta:
        model = Study

    code = factory.Sequence(lambda n: f"MEL-{n}")
    title = "Melasma over eight weeks"
    state = Study.State.ACTIVE
    time_zone = "Asia/Singapore"
    languages = ["en"]


class SiteFactory(DjangoModelFactory):
    class Meta:
        model = Site

    study = factory.SubFactory(StudyFactory)
    code = factory.Sequence(lambda n: f"SG{n % 100:02d}")
    name = "Singapore General Clinic"
    country = "SG"
    enrolment_target = 10


class ArmFactory(DjangoModelFactory):
    class Meta:
        model = Arm

    study = factory.SubFactory(StudyFactory)
    code = factory.Sequence(lambda n: f"ARM-{n}")
    name = "Daily sunscreen"


class EligibilityCriterionFactory(DjangoModelFactory):
    class Meta:
        model = EligibilityCriterion

    study = factory.SubFactory(StudyFactory)
    code = factory.Sequence(lambda n: f"criterion-{n}")
    kind = "inclusion"
    text = "Melasma diagnosed by a dermatologist"


class VisitDefinitionFactory(DjangoModelFactory):
    class Meta:
        model = VisitDefinition

    study = factory.SubFactory(StudyFactory)
    code = factory.Sequence(lambda n: f"week-{n}")
    name = factory.LazyAttribute(lambda v: v.code.replace("-", " ").title())
    day_offset = factory.Sequence(lambda n: 7 * n)
    window_before = 2
    window_after = 3
    views = ["front", "left", "right"]

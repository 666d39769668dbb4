"""A study and the parts of its protocol, with values a coordinator would recognise."""

from string import ascii_uppercase

import factory

from studies.protocol.models import Arm, EligibilityCriterion, Site, Study, VisitDefinition
from tests.factories import Counting


class StudyFactory(Counting):
    class Meta:
        model = Study

    code = factory.Sequence(lambda n: f"MEL-{n}")
    title = "Melasma over eight weeks"
    state = Study.State.ACTIVE
    time_zone = "Asia/Singapore"
    languages = ["en"]
    # As studies from before the setting: the screening may be asked before the consent.
    prescreening_approval = "Approved by the ethics committee, 3 February 2026"


class SiteFactory(Counting):
    class Meta:
        model = Site

    study = factory.SubFactory(StudyFactory)
    # Three letters: tests write codes of two by hand. After SGZ99 it fails and does not begin anew.
    code = factory.Sequence(lambda n: f"SG{ascii_uppercase[n // 100]}{n % 100:02d}")
    name = "Singapore General Clinic"
    country = "SG"
    enrolment_target = 10


class ArmFactory(Counting):
    class Meta:
        model = Arm

    study = factory.SubFactory(StudyFactory)
    code = factory.Sequence(lambda n: f"ARM-{n}")
    name = "Daily sunscreen"


class EligibilityCriterionFactory(Counting):
    class Meta:
        model = EligibilityCriterion

    study = factory.SubFactory(StudyFactory)
    code = factory.Sequence(lambda n: f"criterion-{n}")
    kind = "inclusion"
    text = "Melasma diagnosed by a dermatologist"


class VisitDefinitionFactory(Counting):
    class Meta:
        model = VisitDefinition

    study = factory.SubFactory(StudyFactory)
    code = factory.Sequence(lambda n: f"week-{n}")
    name = factory.LazyAttribute(lambda v: v.code.replace("-", " ").title())
    day_offset = factory.Sequence(lambda n: 7 * n)
    window_before = 2
    window_after = 3
    views = ["front", "left", "right"]

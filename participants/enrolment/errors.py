"""Refusals of screening and enrolment."""

from studies.platform.errors import StateRefused


class StudyNotActive(StateRefused):
    """The study is a draft or closed: nobody is screened or enrolled."""

    code = "study_not_active"
    title = "This study is not enrolling"


class ConsentFirst(StateRefused):
    """Nothing is asked of somebody, and nobody is enrolled, before the consent is signed."""

    code = "consent_first"
    title = "The consent comes first"


class NotEligible(StateRefused):
    """The screening did not find the participant eligible."""

    code = "not_eligible"
    title = "Not eligible"

"""Refusals about a study's protocol."""

from studies.platform.errors import StateRefused


class StudyClosed(StateRefused):
    """The study is closed: its protocol and its data stay as they are."""

    code = "study_closed"
    title = "The study is closed"


class ScheduleFixed(StateRefused):
    """Participants follow this schedule already."""

    code = "schedule_fixed"
    title = "The schedule is fixed"


class ActivationRefused(StateRefused):
    """The study lacks something without which nobody can take part."""

    code = "not_ready"
    title = "The study is not ready to start"

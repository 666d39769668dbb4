"""A study, its parts, its schedule and its settings of reminders."""

from studies.protocol.models.reminders import ReminderSettings
from studies.protocol.models.schedule import VIEWS, View, VisitDefinition
from studies.protocol.models.study import (
    Arm,
    Condition,
    EligibilityCriterion,
    Site,
    Study,
    StudyCondition,
)
from studies.protocol.models.versions import CURRENT, in_version

__all__ = [
    "CURRENT",
    "VIEWS",
    "Arm",
    "Condition",
    "EligibilityCriterion",
    "ReminderSettings",
    "Site",
    "Study",
    "StudyCondition",
    "View",
    "VisitDefinition",
    "in_version",
]

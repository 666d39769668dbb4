"""Submissions with their revisions, and what they set going: serious events, alerts."""

from participants.answers.models.alerts import LONGEST_NOTE, Alert, AlertNotice
from participants.answers.models.safety import SafetyNotice, SeriousEvent
from participants.answers.models.submissions import COUNTED, Revision, Submission

__all__ = [
    "COUNTED",
    "LONGEST_NOTE",
    "Alert",
    "AlertNotice",
    "Revision",
    "SafetyNotice",
    "SeriousEvent",
    "Submission",
]

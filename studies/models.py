"""Every model of the app, collected for Django; code imports them from their rooms."""

from studies.access.models import Membership, User
from studies.consent_texts.models import ConsentDocument, ConsentVersion
from studies.members.models import ApiToken
from studies.platform.models import WorkerHeartbeat
from studies.protocol.models import (
    Arm,
    Condition,
    EligibilityCriterion,
    ReminderSettings,
    Site,
    Study,
    StudyCondition,
    VisitDefinition,
)
from studies.record.models import AuditEvent, AuditHead

__all__ = [
    "ApiToken",
    "Arm",
    "AuditEvent",
    "AuditHead",
    "Condition",
    "ConsentDocument",
    "ConsentVersion",
    "EligibilityCriterion",
    "Membership",
    "ReminderSettings",
    "Site",
    "Study",
    "StudyCondition",
    "User",
    "VisitDefinition",
    "WorkerHeartbeat",
]

"""The protocol, the people and the record of acts."""

from studies.models.audit import AuditEvent, AuditHead
from studies.models.consent_document import ConsentDocument
from studies.models.people import Membership, User, scope
from studies.models.reminders import ReminderSettings
from studies.models.schedule import VIEWS, View, VisitDefinition
from studies.models.study import Arm, Condition, EligibilityCriterion, Site, Study, StudyCondition
from studies.models.token import ApiToken
from studies.models.worker import WorkerHeartbeat

__all__ = [
    "VIEWS",
    "ApiToken",
    "Arm",
    "AuditEvent",
    "AuditHead",
    "Condition",
    "ConsentDocument",
    "EligibilityCriterion",
    "Membership",
    "ReminderSettings",
    "Site",
    "Study",
    "StudyCondition",
    "User",
    "View",
    "VisitDefinition",
    "WorkerHeartbeat",
    "scope",
]

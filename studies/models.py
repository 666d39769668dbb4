"""Every model of the app, collected for Django; code imports them from their rooms."""

from studies.access.models import Blinding, Membership, User
from studies.amendments.models import Amendment, HeldConsent, SiteApproval
from studies.assignments.models import AlertRule, Assignment
from studies.backup.models import BackupRun, DamagedFile, FileCheck
from studies.consent_texts.models import ConsentDocument, ConsentVersion
from studies.edit_checks.models import EditCheck
from studies.instruments.models import Instrument, InstrumentVersion
from studies.members.models import ApiToken
from studies.platform.models import DatabaseMove, WorkerHeartbeat
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
from studies.randomisation.models import Scheme, SchemeRow
from studies.record.models import (
    AuditEvent,
    AuditHead,
    EditedRow,
    RecordAnchor,
    RecordKey,
    RowCheck,
)

__all__ = [
    "AlertRule",
    "Amendment",
    "ApiToken",
    "Arm",
    "Assignment",
    "AuditEvent",
    "AuditHead",
    "BackupRun",
    "Blinding",
    "Condition",
    "ConsentDocument",
    "ConsentVersion",
    "DamagedFile",
    "DatabaseMove",
    "EditCheck",
    "EditedRow",
    "EligibilityCriterion",
    "FileCheck",
    "HeldConsent",
    "Instrument",
    "InstrumentVersion",
    "Membership",
    "RecordAnchor",
    "RecordKey",
    "ReminderSettings",
    "RowCheck",
    "Scheme",
    "SchemeRow",
    "Site",
    "SiteApproval",
    "Study",
    "StudyCondition",
    "User",
    "VisitDefinition",
    "WorkerHeartbeat",
]

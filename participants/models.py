"""Every model of the app, collected for Django; code imports them from their rooms."""

from participants.allocation.models import (
    Allocation,
    AllocationNote,
    Unblinding,
    UnblindingNotice,
)
from participants.amending.models import CarryOver
from participants.answers.models import (
    Alert,
    AlertNotice,
    Revision,
    SafetyNotice,
    SeriousEvent,
    Submission,
)
from participants.capture.models import Photo, PhotoCheck, Upload
from participants.consent.models import Consent, ConsentReading
from participants.deviations.models import Deviation
from participants.messaging.models import (
    Message,
    MessageAttempt,
    PushSubscription,
    ReminderChoice,
    RetakeSeen,
)
from participants.people.models import (
    Correction,
    Device,
    Identity,
    IdentityDigest,
    Invitation,
    Participant,
    Screening,
    ScreeningAttempt,
)
from participants.photo_notes.models import PhotoNote
from participants.privacy.models import DataRequest, RequestNotice, RequestWork
from participants.queries.models import CheckRun, Query, QueryDigest, QueryEntry
from participants.scheduling.models import Note
from participants.verification.models import Tick
from participants.visits.models import DailyRollover, Visit

__all__ = [
    "Alert",
    "AlertNotice",
    "Allocation",
    "AllocationNote",
    "CarryOver",
    "CheckRun",
    "Consent",
    "ConsentReading",
    "Correction",
    "DailyRollover",
    "DataRequest",
    "Deviation",
    "Device",
    "Identity",
    "IdentityDigest",
    "Invitation",
    "Message",
    "MessageAttempt",
    "Note",
    "Participant",
    "Photo",
    "PhotoCheck",
    "PhotoNote",
    "PushSubscription",
    "Query",
    "QueryDigest",
    "QueryEntry",
    "ReminderChoice",
    "RequestNotice",
    "RequestWork",
    "RetakeSeen",
    "Revision",
    "SafetyNotice",
    "Screening",
    "ScreeningAttempt",
    "SeriousEvent",
    "Submission",
    "Tick",
    "Unblinding",
    "UnblindingNotice",
    "Upload",
    "Visit",
]

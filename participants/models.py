"""Every model of the app, collected for Django; code imports them from their rooms."""

from participants.capture.models import Photo, PhotoCheck, Upload
from participants.consent.models import Consent, ConsentReading
from participants.messaging.models import (
    Message,
    MessageAttempt,
    PushSubscription,
    ReminderChoice,
    RetakeSeen,
)
from participants.people.models import Identity, Invitation, Participant, Screening
from participants.privacy.models import DataRequest, RequestNotice, RequestWork
from participants.visits.models import DailyRollover, Visit

__all__ = [
    "Consent",
    "ConsentReading",
    "DailyRollover",
    "DataRequest",
    "Identity",
    "Invitation",
    "Message",
    "MessageAttempt",
    "Participant",
    "Photo",
    "PhotoCheck",
    "PushSubscription",
    "ReminderChoice",
    "RequestNotice",
    "RequestWork",
    "RetakeSeen",
    "Screening",
    "Upload",
    "Visit",
]

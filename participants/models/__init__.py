"""Participants and what is collected from them."""

from participants.models.consent import Consent, ConsentReading
from participants.models.data_request import DataRequest, RequestNotice, RequestWork
from participants.models.invitation import Invitation
from participants.models.message import Message, MessageAttempt, RetakeSeen
from participants.models.participant import Identity, Participant, Screening
from participants.models.photo import Photo, PhotoCheck, Upload
from participants.models.reminders import PushSubscription, ReminderChoice
from participants.models.visit import Visit, VisitClock

__all__ = [
    "Consent",
    "ConsentReading",
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
    "VisitClock",
]

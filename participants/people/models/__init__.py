"""A participant, their identity and screening, links to their pages, phones that may send."""

from participants.people.models.attempt import ScreeningAttempt
from participants.people.models.correction import Correction
from participants.people.models.device import Device
from participants.people.models.invitation import Invitation
from participants.people.models.participant import (
    GONE,
    IN_SCREENING,
    Identity,
    IdentityDigest,
    Participant,
    Screening,
)

__all__ = [
    "GONE",
    "IN_SCREENING",
    "Correction",
    "Device",
    "Identity",
    "IdentityDigest",
    "Invitation",
    "Participant",
    "Screening",
    "ScreeningAttempt",
]

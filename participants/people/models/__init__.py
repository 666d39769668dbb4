"""A participant, their identity and screening, and the links that lead to their pages."""

from participants.people.models.invitation import Invitation
from participants.people.models.participant import Identity, Participant, Screening

__all__ = ["Identity", "Invitation", "Participant", "Screening"]

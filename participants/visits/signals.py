"""What visits tell later rooms, in the same transaction as the act itself."""

from django.dispatch import Signal

# participant: participants.people.models.Participant, whose visits or photos have just changed.
plans_changed = Signal()

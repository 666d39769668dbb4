"""What participants tells later apps, in the same transaction as the act itself."""

from django.dispatch import Signal

# photo: participants.models.Photo, just moved to accepted.
photo_accepted = Signal()

# participant: participants.models.Participant, whose visits or photos have just changed.
plans_changed = Signal()

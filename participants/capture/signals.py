"""What capture tells later rooms and apps, in the same transaction as the act itself."""

from django.dispatch import Signal

# photo: participants.capture.models.Photo, just moved to accepted.
photo_accepted = Signal()

# photos: list of participants.capture.models.Photo or None, just shown to their participant.
photos_shown = Signal()

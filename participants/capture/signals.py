"""What capture tells later rooms and apps, in the same transaction as the act itself."""

from django.dispatch import Signal

# photo: participants.capture.models.Photo, just moved to accepted.
photo_accepted = Signal()

# photos: list of participants.capture.models.Photo or None, just shown to their participant.
photos_shown = Signal()

# photo: participants.capture.models.Photo. Each receiver returns whether something works on it at
# this moment, which would leave behind what it makes.
photo_busy = Signal()

# photos: list of ids as strings. Remove everything made from them, rows and files; sent again after
# any interruption. Not inside a transaction, as ``participant_erasing``.
photos_erasing = Signal()

# visit: participants.visits.models.Visit. Each receiver returns
# ``participants.capture.services.progress.Others``: what else the visit asks for.
others_asked = Signal()

"""What rooms above hear of a backup, a restore, and of files that are damaged or whole again."""

from dataclasses import dataclass

from django.dispatch import Signal


@dataclass(frozen=True, order=True)
class ErasedPerson:
    """Codes of the study and the participant, nothing more."""

    study: str
    participant: str


@dataclass(frozen=True, order=True)
class ErasedPhoto:
    """One photo that was erased alone: the study's code and the photo's own number (a UUID)."""

    study: str
    photo: str


# Sent while a backup is made. Receivers return the people known to be erased: [ErasedPerson].
erased_people = Signal()
# The same of photos: [ErasedPhoto].
erased_photos = Signal()

# Sent after a restore, with ``people``, a set of ErasedPerson: receivers erase them again and
# return how many were there.
erase_again = Signal()
# The same with ``photos``, a set of ErasedPhoto.
erase_photos_again = Signal()

# Sent with ``names``, a set of stored files that were found damaged or whole again: receivers look
# up which of what they name is damaged now (``DamagedFile``) and keep it out, or let it in.
damage_changed = Signal()

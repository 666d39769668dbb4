"""What answers tell later rooms, in the same transaction as the act itself."""

from django.dispatch import Signal

# submission: participants.answers.models.Submission, just submitted, corrected or struck through.
answers_changed = Signal()

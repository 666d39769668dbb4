"""What instruments ask of the rooms above."""

from django.dispatch import Signal

# version: a draft about to be published. Each receiver returns what has to be confirmed about it:
# key → sentence.
publishing = Signal()

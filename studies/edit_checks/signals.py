"""What edit checks tell the rooms above, in the same transaction as the act itself."""

from django.dispatch import Signal

# study, forms: set of codes of assignments ("" is visits) whose checks are others now.
checks_changed = Signal()

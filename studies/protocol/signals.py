"""What the protocol tells and asks later rooms, in the same transaction as the act itself."""

from django.dispatch import Signal

# study: studies.protocol.models.Study, whose settings of reminders, or the
# time zone of one of whose sites, have just changed.
reminders_changed = Signal()

# study: studies.protocol.models.Study, about to start. Each receiver returns a list of what the
# study still lacks, in words such as “a consent document in force in English”.
activation_asked = Signal()

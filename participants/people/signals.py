"""What is told of a participant as a whole, in the same transaction as the act itself."""

from django.dispatch import Signal

# participant: participants.people.models.Participant. What was collected is locked from now on:
# nothing that waits or is kept for a while may use it any more.
participant_restricted = Signal()

# participant, photos: list of ids as strings, which may be gone already. Remove everything made
# from them, rows and files; sent again after any interruption. Not inside a transaction.
participant_erasing = Signal()

# participant. Their contact was somebody else's, or is read by others: what the former one opens or
# is told through stops, which are links (stopped already) and all that came of them.
contact_replaced = Signal()

# participant. Each receiver returns ``participants.privacy.services.my_data.Made``: what a later
# room or app holds about them, as counts and as rows of the participant's own copy.
participant_described = Signal()

"""What consent texts tell later apps, in the same transaction as the act itself."""

from django.dispatch import Signal

# document: studies.consent_texts.models.ConsentDocument, just put in force.
# asks_again: bool; False for an editorial version, which nobody is asked to agree to again. Whom a
# version concerns is for the receiver to find out, participant by participant.
consent_document_put_in_force = Signal()

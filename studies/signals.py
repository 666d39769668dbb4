"""What studies tells later apps, in the same transaction as the act itself."""

from django.dispatch import Signal

# document: studies.models.ConsentDocument, just put in force.
# asks_again: whether those who agreed to an earlier version must agree to this one (bool); not so
# for an editorial change, nor for the first version of its language.
consent_document_put_in_force = Signal()

"""Messages, and how a participant wishes to be reached."""

from participants.messaging.models.message import Message, MessageAttempt, RetakeSeen
from participants.messaging.models.reminders import PushSubscription, ReminderChoice

__all__ = ["Message", "MessageAttempt", "PushSubscription", "ReminderChoice", "RetakeSeen"]

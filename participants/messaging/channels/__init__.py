"""The ways to reach a participant: e-mail, Web Push, text message."""

from participants.messaging.channels.base import (
    Channel,
    Delivery,
    DeliveryFailed,
    DeliveryUnknown,
    Receipt,
    Words,
)
from participants.messaging.channels.configured import channel, configured

__all__ = [
    "Channel",
    "Delivery",
    "DeliveryFailed",
    "DeliveryUnknown",
    "Receipt",
    "Words",
    "channel",
    "configured",
]

"""Which channels this installation has, from its settings."""

from django.conf import settings

from participants.messaging.channels.base import Channel
from participants.messaging.channels.email import Email
from participants.messaging.channels.push import WebPush
from participants.messaging.channels.sms import sms_channel


def configured() -> dict[str, Channel]:
    """The channels that can be used, by name."""
    channels: list[Channel | None] = [
        WebPush() if settings.VAPID_PRIVATE_KEY else None,
        Email(),
        sms_channel(settings.SMS_URL),
    ]
    return {
        each_channel.name: each_channel for each_channel in channels if each_channel is not None
    }


def channel(name: str) -> Channel | None:
    """The channel of this name, if this installation has it."""
    return configured().get(name)

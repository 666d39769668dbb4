"""The door to ``participants.messaging.commands.make_vapid_key``."""

from participants.messaging.commands.make_vapid_key import Command as Command

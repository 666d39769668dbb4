"""The door to ``participants.privacy.commands.rotate_identity_keys``."""

from participants.privacy.commands.rotate_identity_keys import Command as Command

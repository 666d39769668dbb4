"""The door to ``participants.privacy.commands.reapply_erasures``."""

from participants.privacy.commands.reapply_erasures import Command as Command

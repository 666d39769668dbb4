"""The door to ``participants.capture.commands.verify_pictures``."""

from participants.capture.commands.verify_pictures import Command as Command

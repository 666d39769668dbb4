"""The door to ``studies.backup.commands.verify_storage``."""

from studies.backup.commands.verify_storage import Command as Command

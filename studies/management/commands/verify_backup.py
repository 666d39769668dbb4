"""The door to ``studies.backup.commands.verify_backup``."""

from studies.backup.commands.verify_backup import Command as Command

"""The door to ``studies.backup.commands.backup``."""

from studies.backup.commands.backup import Command as Command

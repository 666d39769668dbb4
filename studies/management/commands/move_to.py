"""The door to ``studies.backup.commands.move_to``."""

from studies.backup.commands.move_to import Command as Command

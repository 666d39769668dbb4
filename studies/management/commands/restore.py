"""The door to ``studies.backup.commands.restore``."""

from studies.backup.commands.restore import Command as Command

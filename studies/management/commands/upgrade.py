"""The door to ``studies.backup.commands.upgrade``."""

from studies.backup.commands.upgrade import Command as Command

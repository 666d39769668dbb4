"""The door to ``studies.backup.commands.receive_move``."""

from studies.backup.commands.receive_move import Command as Command

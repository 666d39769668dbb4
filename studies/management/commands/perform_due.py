"""The door to ``studies.platform.commands.perform_due``."""

from studies.platform.commands.perform_due import Command as Command

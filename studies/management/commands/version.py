"""The door to ``studies.platform.commands.version``."""

from studies.platform.commands.version import Command as Command

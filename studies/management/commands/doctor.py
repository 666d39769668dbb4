"""The door to ``studies.platform.commands.doctor``."""

from studies.platform.commands.doctor import Command as Command

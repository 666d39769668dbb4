"""The door to ``studies.platform.commands.draw_schema``."""

from studies.platform.commands.draw_schema import Command as Command

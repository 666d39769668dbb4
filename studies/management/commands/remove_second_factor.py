"""The door to ``studies.members.commands.remove_second_factor``."""

from studies.members.commands.remove_second_factor import Command as Command

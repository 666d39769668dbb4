"""The door to ``studies.members.commands.create_administrator``."""

from studies.members.commands.create_administrator import Command as Command

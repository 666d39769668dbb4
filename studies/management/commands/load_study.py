"""The door to ``studies.protocol_file.commands.load_study``."""

from studies.protocol_file.commands.load_study import Command as Command

"""The door to ``studies.protocol_file.commands.dump_study``."""

from studies.protocol_file.commands.dump_study import Command as Command

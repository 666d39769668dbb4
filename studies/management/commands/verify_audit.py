"""The door to ``studies.record.commands.verify_audit``."""

from studies.record.commands.verify_audit import Command as Command

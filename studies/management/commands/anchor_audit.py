"""The door to ``studies.record.commands.anchor_audit``."""

from studies.record.commands.anchor_audit import Command as Command

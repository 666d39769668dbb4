"""The door to ``studies.backup.commands.make_backup_key``."""

from studies.backup.commands.make_backup_key import Command as Command

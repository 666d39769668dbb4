"""The door to ``inference.scoring.commands.verify_maps``."""

from inference.scoring.commands.verify_maps import Command as Command

"""The door to ``inference.scoring.commands.count_again``."""

from inference.scoring.commands.count_again import Command as Command

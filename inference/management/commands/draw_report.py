"""The door to ``inference.packages.commands.draw_report``."""

from inference.packages.commands.draw_report import Command as Command

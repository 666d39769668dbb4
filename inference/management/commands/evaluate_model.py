"""The door to ``inference.packages.commands.evaluate_model``."""

from inference.packages.commands.evaluate_model import Command as Command

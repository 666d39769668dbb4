"""The door to ``inference.learning.commands.write_training_set``."""

from inference.learning.commands.write_training_set import Command as Command

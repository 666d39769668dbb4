"""The door to ``inference.demo.commands.load_demo``."""

from inference.demo.commands.load_demo import Command as Command

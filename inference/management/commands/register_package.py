"""The door to ``inference.packages.commands.register_package``."""

from inference.packages.commands.register_package import Command as Command

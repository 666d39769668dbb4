"""The door to ``studies.words.commands.approve_words``."""

from studies.words.commands.approve_words import Command as Command

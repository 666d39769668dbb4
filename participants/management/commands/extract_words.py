"""The door to ``participants.words.commands.extract_words``."""

from participants.words.commands.extract_words import Command as Command

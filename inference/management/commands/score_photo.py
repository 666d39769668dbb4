"""The door to ``inference.scoring.commands.score_photo``."""

from inference.scoring.commands.score_photo import Command as Command

"""The door to ``participants.my.commands.draw_icons``."""

from participants.my.commands.draw_icons import Command as Command

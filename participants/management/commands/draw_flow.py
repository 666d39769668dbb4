"""The door to ``participants.monitoring.commands.draw_flow``."""

from participants.monitoring.commands.draw_flow import Command as Command

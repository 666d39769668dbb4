"""The door to ``inference.exports.commands.export_study``."""

from inference.exports.commands.export_study import Command as Command

"""The door to ``participants.allocation.commands.seal_envelopes``."""

from participants.allocation.commands.seal_envelopes import Command as Command

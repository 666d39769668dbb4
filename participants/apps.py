from importlib import import_module

from django.apps import AppConfig


class ParticipantsConfig(AppConfig):
    """Capture: enrolment, consent, visits, photos."""

    name = "participants"
    verbose_name = "Participants"

    def ready(self) -> None:
        """Let rooms listen to the rooms below them; check the channels of messages."""
        for module in ("messaging.checks", "messaging.receivers"):
            import_module(f"participants.{module}")

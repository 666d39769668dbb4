from importlib import import_module

from django.apps import AppConfig


class ParticipantsConfig(AppConfig):
    """Capture: enrolment, consent, visits, photos."""

    name = "participants"
    verbose_name = "Participants"

    def ready(self) -> None:
        import_module("participants.checks")
        import_module("participants.receivers")

from importlib import import_module

from django.apps import AppConfig


class ParticipantsConfig(AppConfig):
    """Capture: enrolment, consent, visits, photos."""

    name = "participants"
    verbose_name = "Participants"

    def ready(self) -> None:
        """Let rooms listen to the rooms below them; check the channels of messages."""
        rooms = (
            "amending.receivers",
            "answers.receivers",
            "capture.checks",
            "capture.receivers",
            "consent.receivers",
            "correcting.receivers",
            "deviations.receivers",
            "messaging.checks",
            "messaging.receivers",
            "photo_notes.receivers",
            "privacy.receivers",
            "queries.receivers",
            "scheduling.receivers",
            "verification.receivers",
            "visits.receivers",
        )
        for module in rooms:
            import_module(f"participants.{module}")

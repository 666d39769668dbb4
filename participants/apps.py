from django.apps import AppConfig


class ParticipantsConfig(AppConfig):
    """Capture: enrolment, consent, visits, photos."""

    name = "participants"
    verbose_name = "Participants"

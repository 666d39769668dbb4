from django.apps import AppConfig


class StudiesConfig(AppConfig):
    """The protocol, the people, their rights, the record of what they did."""

    name = "studies"
    verbose_name = "Studies"

from importlib import import_module

from django.apps import AppConfig


class StudiesConfig(AppConfig):
    """The protocol, the people, their rights, the record of what they did."""

    name = "studies"
    verbose_name = "Studies"

    def ready(self) -> None:
        import_module("studies.receivers")

from importlib import import_module

from django.apps import AppConfig


class StudiesConfig(AppConfig):
    """The protocol, the people, their rights, the record of what they did."""

    name = "studies"
    verbose_name = "Studies"

    def ready(self) -> None:
        """Let rooms listen to the rooms below them."""
        for room in ("consent_texts", "members"):
            import_module(f"studies.{room}.receivers")

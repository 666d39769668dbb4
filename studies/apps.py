from importlib import import_module

from django.apps import AppConfig

from studies.platform import addresses


class StudiesConfig(AppConfig):
    """The protocol, the people, their rights, the record of what they did."""

    name = "studies"
    verbose_name = "Studies"

    def ready(self) -> None:
        """Let rooms listen to rooms below, addresses hold any code, and checks be found."""
        addresses.register()
        for room in ("platform", "record", "backup"):
            import_module(f"studies.{room}.checks")
        for room in ("assignments", "consent_texts", "members"):
            import_module(f"studies.{room}.receivers")

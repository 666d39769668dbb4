from importlib import import_module

from django.apps import AppConfig


class InferenceConfig(AppConfig):
    """Recipes, model packages, runs, scores, dashboards, exports."""

    name = "inference"
    verbose_name = "Inference"

    def ready(self) -> None:
        """Let rooms listen to the rooms below them; check how networks are run."""
        rooms = ("scoring.checks", "scoring.receivers", "reading.receivers", "trials.receivers")
        for module in rooms:
            import_module(f"inference.{module}")

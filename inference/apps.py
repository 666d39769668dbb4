from django.apps import AppConfig


class InferenceConfig(AppConfig):
    """Recipes, model packages, runs, scores, dashboards, exports."""

    name = "inference"
    verbose_name = "Inference"

    def ready(self) -> None:
        """Listen for accepted photos; check how networks are run."""
        from inference import checks, receivers  # noqa: F401 - needs the models loaded

from django.apps import AppConfig


class InferenceConfig(AppConfig):
    """Recipes, model packages, runs, scores, dashboards, exports."""

    name = "inference"
    verbose_name = "Inference"

    def ready(self) -> None:
        """Listen for accepted photos."""
        from inference import receivers  # noqa: F401 - needs the models loaded

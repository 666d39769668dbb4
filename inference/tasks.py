"""Every Celery task of the app, collected for the worker."""

from inference.scoring.tasks import feed_rescore, score_run
from inference.trials.tasks import try_package

__all__ = ["feed_rescore", "score_run", "try_package"]

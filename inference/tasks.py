"""Every Celery task of the app, collected for the worker."""

from inference.learning.tasks import train_from_readings
from inference.results.tasks import compute_results
from inference.scoring.tasks import feed_rescore, score_run
from inference.trials.tasks import try_package

__all__ = ["compute_results", "feed_rescore", "score_run", "train_from_readings", "try_package"]

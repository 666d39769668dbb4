"""How it runs. Celery's app is loaded with Django so that ``send_task`` knows the broker."""

from config.celery import app as celery_app

__all__ = ["celery_app"]

"""From a photo's pixels and landmarks to scores: plain Python over arrays, no Django, no Celery."""

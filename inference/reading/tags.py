"""What the study's navigation shows of a reader's work."""

from django import template

from inference.reading.services.progress import waiting_cases
from studies.access.models import User
from studies.protocol.models import Study

register = template.Library()


@register.simple_tag
def cases_to_read(user: User, study: Study) -> int | None:
    """How many cases wait for ``user``; ``None`` for whoever never had a seat."""
    return waiting_cases(user, study)

"""What the study's navigation says about requests."""

from django import template

from participants.privacy.models import DataRequest
from studies.access.models import User
from studies.protocol.models import Study

register = template.Library()


@register.simple_tag
def open_data_requests(user: User, study: Study) -> int:
    """How many requests wait that ``user`` may see; one query."""
    return DataRequest.objects.visible_to(user).open().filter(participant__study=study).count()

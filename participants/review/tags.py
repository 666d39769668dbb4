"""What the study's navigation says about photos."""

from django import template

from participants.review import services
from studies.access.models import User
from studies.protocol.models import Study

register = template.Library()


@register.simple_tag
def photos_to_review(user: User, study: Study) -> int:
    """How many photos wait that ``user`` may accept or turn down; one query."""
    return services.count(study=study, user=user)

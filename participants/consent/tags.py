"""Who has agreed to which version, for pages about the texts."""

from typing import Any

from django import template

from participants.consent.models import Consent
from participants.consent.services import consents
from participants.people.models import Participant
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.models import Study

register = template.Library()


@register.inclusion_tag("participants/consent/_consent_standing.html")
def consent_standing(study: Study, user: User) -> dict[str, Any]:
    """How many of the participants ``user`` may see have to renew their consent, or have none."""
    seen = Participant.objects.visible_to(user, Permission.PARTICIPANT_VIEW).filter(study=study)
    given = Consent.objects.in_force().filter(participant__in=seen)
    enrolled = seen.filter(state=Participant.State.ENROLLED)
    return {
        "study": study,
        "enrolled": enrolled.count(),
        "renew": seen.filter(consents.to_renew(study)).count(),
        "missing": enrolled.exclude(pk__in=given.values("participant")).count(),
    }

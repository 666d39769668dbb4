"""Where somebody arrives who signs in without having asked for a page."""

from django.urls import reverse

from studies.access.models import User
from studies.access.permissions import Role
from studies.protocol.models import Study


def first_page(user: User) -> str:
    """Today of the one study under way that ``user`` coordinates, else the list of studies."""
    held = user.memberships.current().filter(role=Role.COORDINATOR, study__state=Study.State.ACTIVE)
    codes = list(held.values_list("study__code", flat=True).distinct().order_by("study__code")[:2])
    if len(codes) == 1:
        return reverse("inference:today", args=codes)
    return reverse("studies:home")

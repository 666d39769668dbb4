"""The door of a participant's page: visible to the person, and the right held at that site."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.db.models import Q
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone

from participants.people.models import Participant
from studies.access.models import Membership, User
from studies.access.permissions import Permission
from studies.protocol.models import Site, Study
from studies.protocol.services.rights import require
from studies.protocol.views.access import Page, Rights, StaffRequest, study_page

P = ParamSpec("P")
View = Callable[Concatenate[StaffRequest, Participant, P], HttpResponseBase]


def rights_at(user: User, site: Site) -> Rights:
    """All permissions ``user`` holds at ``site``, by a role there or at all sites."""
    here = Membership.objects.filter(Q(site=site) | Q(site=None))
    return Rights(here.permissions(user, site.study_id))


def participant_page(permission: Permission) -> Callable[[View[P]], Page]:
    """Call the view with the ``Participant`` whose code the address names.

    Someone at a site one has no role at: 404. The right not held at their site: 403. On the page
    ``request.can`` says what may be done at this participant's site.
    """

    def decorate(view: View[P]) -> Page:
        @wraps(view)
        @study_page(permission)
        def page(
            request: StaffRequest, study: Study, /, code: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            seen = Participant.objects.visible_to(request.user).select_related("site")
            participant = get_object_or_404(seen, study=study, code=code)
            participant.study = study
            require(request.user, permission, study=study, site=participant.site)
            request.can = rights_at(request.user, participant.site)
            with timezone.override(participant.zone):  # the days of their visits
                return view(request, participant, *args, **kwargs)

        return page

    return decorate

"""Who belongs to a study, by role and site."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studies.access.models import Membership
from studies.access.permissions import ROLE_PERMISSIONS, Permission, Role
from studies.members.forms import MemberForm
from studies.members.services import memberships
from studies.platform.forms import ReasonForm
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page

TITLES = {
    Role.MANAGER: gettext_lazy("Managers"),
    Role.COORDINATOR: gettext_lazy("Coordinators"),
    Role.INVESTIGATOR: gettext_lazy("Investigators"),
    Role.MONITOR: gettext_lazy("Monitors"),
}
DUTIES = {
    Role.MANAGER: gettext_lazy("Run the study: protocol, people, record, export. See no names."),
    Role.COORDINATOR: gettext_lazy(
        "Meets participants at a site: enrols, records consent, sees names there."
    ),
    Role.INVESTIGATOR: gettext_lazy(
        "Looks at photos and scores by code, asks for retakes, exports."
    ),
    Role.MONITOR: gettext_lazy("Check the conduct and the record, change nothing."),
}


@require_GET
@study_page(Permission.STUDY_VIEW)
def people(request: StaffRequest, study: Study) -> HttpResponse:
    """Everyone with a role, and those who had one."""
    rows = list(
        Membership.objects.visible_to(request.user)
        .filter(study=study)
        .select_related("user", "site")
        .order_by("site__code", "user__name")
    )
    groups = [
        {
            "role": role,
            "title": TITLES[role],
            "duty": DUTIES[role],
            "rows": [row for row in rows if row.role == role and row.ended_at is None],
        }
        for role in ROLE_PERMISSIONS
    ]
    context = {
        "section": "people",
        "groups": groups,
        "ended": [row for row in rows if row.ended_at is not None],
    }
    return render(request, "studies/members/people.html", context)


@require_http_methods(["GET", "POST"])
@study_page(Permission.MEMBERS_EDIT)
def add(request: StaffRequest, study: Study) -> HttpResponse:
    """Give someone a role."""
    return form_page(
        request,
        form=MemberForm(request.POST or None, study=study, user=request.user),
        save=lambda values: memberships.add_member(study=study, by=request.user, **values),
        done=_("Added. A mail is on its way."),
        to=_url(study),
        section="people",
        heading=_("Add someone"),
        action=_("Add"),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.MEMBERS_EDIT)
def end(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """End a role, after a question."""
    row = _row(request, study, pk)
    where = row.site.code if row.site else _("all sites")
    return form_page(
        request,
        form=ReasonForm(request.POST or None),
        save=lambda values: memberships.end_membership(membership=row, by=request.user, **values),
        done=_("The role has ended."),
        to=_url(study),
        section="people",
        heading=_("End a role"),
        text=_("%(name)s will no longer be %(role)s at %(where)s, from this moment.")
        % {"name": row.user.name, "role": row.role, "where": where},
        action=_("End the role"),
        danger=True,
    )


@require_POST
@study_page(Permission.MEMBERS_EDIT)
def mail(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Send the mail with the link to set a password once more."""
    row = _row(request, study, pk)
    memberships.send_welcome_again(membership=row, by=request.user)
    messages.success(request, _("The mail to %s is on its way.") % row.user.email)
    return HttpResponseRedirect(_url(study))


def _row(request: StaffRequest, study: Study, pk: int) -> Membership:
    rows = Membership.objects.visible_to(request.user).filter(study=study)
    return get_object_or_404(rows.select_related("user", "site", "study"), pk=pk)


def _url(study: Study) -> str:
    return reverse("studies:people", args=[study.code])

"""Who belongs to a study, by role and site."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studies.access.models import Blinding, Membership, resting
from studies.access.permissions import ACTS, ROLE_PERMISSIONS, Permission, Role
from studies.access.permissions import TITLES as NAMES
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
    Role.DATA_MANAGER: gettext_lazy("Data managers"),
    Role.SITE_INVESTIGATOR: gettext_lazy("Site principal investigators"),
    Role.SAFETY_READER: gettext_lazy("Safety readers"),
    Role.STATISTICIAN: gettext_lazy("Unblinded statisticians"),
    Role.PHARMACIST: gettext_lazy("Pharmacists"),
    Role.READER: gettext_lazy("Readers"),
    Role.ADJUDICATOR: gettext_lazy("Adjudicators"),
    Role.GUEST_AUDITOR: gettext_lazy("Guest auditors"),
}
DUTIES = {
    Role.MANAGER: gettext_lazy(
        "Manage the study: protocol, people, audit trail, export. See no names."
    ),
    Role.COORDINATOR: gettext_lazy(
        "Meets participants at a site: enrols, records consent, sees names there."
    ),
    Role.INVESTIGATOR: gettext_lazy(
        "Looks at photos and scores by code, asks for retakes, exports."
    ),
    Role.MONITOR: gettext_lazy("Check the conduct and the record, change nothing."),
    Role.DATA_MANAGER: gettext_lazy("Check coded data and take them out. See no names."),
    Role.SITE_INVESTIGATOR: gettext_lazy(
        "Answer for a site: see its participants and photos, ask for retakes. "
        "Blind: see neither arm nor scores."
    ),
    Role.SAFETY_READER: gettext_lazy(
        "Look at photos for signs of harm. Blind: see neither arm nor scores."
    ),
    Role.STATISTICIAN: gettext_lazy("Analyse scores by arm and export. See no photos."),
    Role.PHARMACIST: gettext_lazy("See who is in which arm, and neither photos nor scores."),
    Role.READER: gettext_lazy(
        "Grade photos blind: see no participant, arm or score, and no photo but to grade it."
    ),
    Role.ADJUDICATOR: gettext_lazy(
        "Decide blind where readers differ: see no participant, arm or score, nor who said what."
    ),
    Role.GUEST_AUDITOR: gettext_lazy(
        "Inspect the conduct and the record for a while, change nothing, see no scores."
    ),
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
        "rests": study.pk in resting(request.user),
        "blind": _blind(study) if request.can["members_edit"] else set(),
    }
    return render(request, "studies/members/people.html", context)


@require_GET
@study_page(Permission.STUDY_VIEW)
def roles(request: StaffRequest, study: Study) -> HttpResponse:
    """Who may see and do what: the one table of rights, in words, and which roles are one's own."""
    held = Membership.objects.current().filter(user=request.user, study=study)
    context = {
        "section": "people",
        "roles": [
            {"name": NAMES[role].capitalize(), "duty": DUTIES[role], "mine": role in mine}
            for mine in [set(held.values_list("role", flat=True))]
            for role in ROLE_PERMISSIONS
        ],
        "rights": [
            {
                "act": act,
                "cells": [
                    {"role": NAMES[role].capitalize(), "may": right in rights}
                    for role, rights in ROLE_PERMISSIONS.items()
                ],
            }
            for right, act in ACTS.items()
        ],
    }
    return render(request, "studies/members/roles.html", context)


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
        % {"name": row.user.name, "role": NAMES[Role(row.role)], "where": where},
        action=_("End the role"),
        danger=True,
        confirm=True,
    )


@require_POST
@study_page(Permission.MEMBERS_EDIT)
def mail(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Send the mail with the link to set a password once more."""
    row = _row(request, study, pk)
    memberships.send_welcome_again(membership=row, by=request.user)
    messages.success(request, _("The mail to %s is on its way.") % row.user.email)
    return HttpResponseRedirect(_url(study))


def _blind(study: Study) -> set[int]:
    """Who reads the study's photos blind at present, by key."""
    return set(Blinding.objects.standing().filter(study=study).values_list("user", flat=True))


def _row(request: StaffRequest, study: Study, pk: int) -> Membership:
    rows = Membership.objects.visible_to(request.user).filter(study=study)
    return get_object_or_404(rows.select_related("user", "site", "study"), pk=pk)


def _url(study: Study) -> str:
    return reverse("studies:people", args=[study.code])

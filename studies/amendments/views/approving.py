"""The page on which a site's approval is entered."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from studies.access.permissions import Permission
from studies.amendments.effects import effects
from studies.amendments.forms import ApprovalForm, CorrectionForm, RemovalForm
from studies.amendments.models import Amendment
from studies.amendments.services import approving, correcting
from studies.amendments.services.reading import today
from studies.amendments.views.pages import amendment_of, amendment_url
from studies.protocol.models import Site, Study
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page


@require_http_methods(["GET", "POST"])
@study_page(Permission.AMENDMENT_APPROVE)
def approve(request: StaffRequest, study: Study, number: int, code: str) -> HttpResponse:
    """What a site's ethics committee decided, and what follows there; entered, it is corrected."""
    mine = Site.objects.visible_to(request.user, Permission.AMENDMENT_APPROVE)
    site = get_object_or_404(mine, study=study, code=code)
    amendment = amendment_of(study, number)
    if correcting.approval_of(amendment, site) is not None:
        return _correct(request, study, amendment, site)
    on = today(site)
    form = ApprovalForm(
        request.POST or None, amendment=amendment, initial={"approved_on": on, "effective_on": on}
    )
    return form_page(
        request,
        form=form,
        save=lambda values: approving.approve_amendment(
            amendment=amendment, site=site, by=request.user, **values
        ),
        current=lambda: approving.shown_values(amendment_of(study, number), site),
        done=_("The approval is entered. %(site)s follows the version from its first day on.")
        % {"site": site.code},
        to=amendment_url(amendment),
        template="studies/amendments/form.html",
        section="protocol",
        amendment=amendment,
        heading=_("Approval at %(site)s") % {"site": site},
        effects=effects(amendment, [site], on),
        action=_("Enter the approval"),
    )


def _correct(request: StaffRequest, study: Study, amendment: Amendment, site: Site) -> HttpResponse:
    def now() -> dict[str, Any]:
        return correcting.entered(correcting.approval_of(amendment, site))

    approval = correcting.approval_of(amendment, site)
    assert approval is not None  # noqa: S101 - whoever calls has looked
    form = CorrectionForm(request.POST or None, initial=now(), began=correcting.began(approval))
    return form_page(
        request,
        form=form,
        save=lambda values: correcting.correct_approval(
            amendment=amendment, site=site, by=request.user, **values
        ),
        current=now,
        done=_("The approval at %(site)s is corrected.") % {"site": site.code},
        to=amendment_url(amendment),
        template="studies/amendments/form.html",
        section="protocol",
        amendment=amendment,
        heading=_("Correct the approval at %(site)s") % {"site": site},
        action=_("Correct"),
        remove_url=None
        if correcting.began(approval)
        else reverse(
            "studies:amendment_remove_approval", args=[study.code, amendment.number, site.code]
        ),
        remove_words=_("It was another site's: remove it…"),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.AMENDMENT_APPROVE)
def remove(request: StaffRequest, study: Study, number: int, code: str) -> HttpResponse:
    """Take away an approval that was entered for the wrong site and has not begun."""
    mine = Site.objects.visible_to(request.user, Permission.AMENDMENT_APPROVE)
    site = get_object_or_404(mine, study=study, code=code)
    amendment = amendment_of(study, number)
    return form_page(
        request,
        form=RemovalForm(request.POST or None),
        save=lambda values: correcting.remove_approval(
            amendment=amendment, site=site, by=request.user, **values
        ),
        current=lambda: correcting.entered(correcting.approval_of(amendment, site)),
        done=_("The approval at %(site)s is removed. The site stays with the version before.")
        % {"site": site.code},
        to=amendment_url(amendment),
        template="studies/amendments/form.html",
        section="protocol",
        amendment=amendment,
        heading=_("Remove the approval at %(site)s") % {"site": site},
        text=_(
            "For an approval that was another site's. Nothing of it has begun here: the site stays "
            "with the version before, and the audit trail keeps what was entered."
        ),
        action=_("Remove the approval"),
        danger=True,
    )

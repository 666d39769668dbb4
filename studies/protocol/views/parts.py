"""Adding, editing and removing the parts of a protocol: sites, arms, visits, criteria.

The pages are the same for all four; what differs stands in ``NOUNS``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from studies.access.permissions import Permission
from studies.platform.forms import ReasonForm
from studies.protocol.forms import ArmForm, CriterionForm, SiteForm, VisitForm
from studies.protocol.models import Arm, EligibilityCriterion, Site, Study, VisitDefinition
from studies.protocol.services import arms, criteria, schedule, sites
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page, protocol_url


@dataclass(frozen=True)
class Noun:
    """One kind of part: its model and form, the services that write it, and its words."""

    model: type[models.Model]
    form: type[forms.BaseForm]
    keyword: str
    add: Callable[..., object]
    edit: Callable[..., object]
    remove: Callable[..., object]
    section: str
    word: Any


NOUNS = {
    "sites": Noun(
        Site,
        SiteForm,
        "site",
        sites.add_site,
        sites.edit_site,
        sites.remove_site,
        "sites",
        gettext_lazy("site"),
    ),
    "arms": Noun(
        Arm,
        ArmForm,
        "arm",
        arms.add_arm,
        arms.edit_arm,
        arms.remove_arm,
        "arms",
        gettext_lazy("arm"),
    ),
    "visits": Noun(
        VisitDefinition,
        VisitForm,
        "visit",
        schedule.add_visit,
        schedule.edit_visit,
        schedule.remove_visit,
        "schedule",
        gettext_lazy("visit"),
    ),
    "screening": Noun(
        EligibilityCriterion,
        CriterionForm,
        "criterion",
        criteria.add_criterion,
        criteria.edit_criterion,
        criteria.remove_criterion,
        "screening",
        gettext_lazy("criterion"),
    ),
}


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def add(request: StaffRequest, study: Study, part: str) -> HttpResponse:
    """A new site, arm, visit or criterion."""
    noun = NOUNS[part]
    return form_page(
        request,
        form=noun.form(request.POST or None, study=study, changing=False),  # type: ignore[call-arg]
        save=lambda values: noun.add(study=study, by=request.user, **values),
        done=_("Added."),
        to=protocol_url(study.code, noun.section),
        section="protocol",
        heading=format_lazy(gettext_lazy("Add a {noun}"), noun=noun.word),
        action=_("Add"),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def edit(request: StaffRequest, study: Study, part: str, code: str) -> HttpResponse:
    """Change one."""
    noun = NOUNS[part]
    row = get_object_or_404(noun.model, study=study, code=code)
    form = noun.form(
        request.POST or None,
        instance=noun.model._default_manager.get(pk=row.pk),  # type: ignore[call-arg]
        study=study,
    )
    return form_page(
        request,
        form=form,
        save=lambda values: noun.edit(**{noun.keyword: row}, by=request.user, **values),
        done=_("Changed."),
        to=protocol_url(study.code, noun.section),
        section="protocol",
        heading=format_lazy(gettext_lazy("Edit {noun} {name}"), noun=noun.word, name=str(row)),
        remove_part=part,
        remove_code=code,
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def remove(request: StaffRequest, study: Study, part: str, code: str) -> HttpResponse:
    """Take one away, after a question."""
    noun = NOUNS[part]
    row = get_object_or_404(noun.model, study=study, code=code)
    return form_page(
        request,
        form=ReasonForm(request.POST or None),
        save=lambda values: noun.remove(**{noun.keyword: row}, by=request.user, **values),
        done=_("Removed."),
        to=protocol_url(study.code, noun.section),
        section="protocol",
        heading=format_lazy(gettext_lazy("Remove {noun} {name}?"), noun=noun.word, name=str(row)),
        action=_("Remove"),
        danger=True,
    )

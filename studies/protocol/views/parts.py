"""Adding, editing and removing the parts of a protocol: sites, arms, visits, criteria.

The pages are the same for all four; what differs stands in ``NOUNS``.
"""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from studies.access.permissions import Permission
from studies.platform.forms import ReasonForm, row_values
from studies.protocol.forms import ArmForm, CriterionForm, SiteForm, VisitForm
from studies.protocol.models import Study
from studies.protocol.services.arms import ARMS
from studies.protocol.services.changes import values_of
from studies.protocol.services.criteria import CRITERIA
from studies.protocol.services.parts import Part
from studies.protocol.services.schedule import VISITS
from studies.protocol.services.sites import SITES
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page, protocol_url


@dataclass(frozen=True)
class Noun:
    """The pages of one kind of part: their form, where they go back to, and their words for it.

    ``adding`` heads the page of a new one: a whole sentence, since its article depends on the word.
    """

    part: Part[Any]
    form: type[forms.BaseForm]
    section: str
    word: Any
    adding: Any


NOUNS = {
    "sites": Noun(SITES, SiteForm, "sites", gettext_lazy("site"), gettext_lazy("Add a site")),
    "arms": Noun(ARMS, ArmForm, "arms", gettext_lazy("arm"), gettext_lazy("Add an arm")),
    "visits": Noun(
        VISITS, VisitForm, "schedule", gettext_lazy("visit"), gettext_lazy("Add a visit")
    ),
    "screening": Noun(
        CRITERIA,
        CriterionForm,
        "screening",
        gettext_lazy("criterion"),
        gettext_lazy("Add a criterion"),
    ),
}


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def add(request: StaffRequest, study: Study, part: str) -> HttpResponse:
    """A new site, arm, visit or criterion."""
    noun = NOUNS[part]
    return form_page(
        request,
        form=noun.form(request.POST or None, study=study),  # type: ignore[call-arg]
        save=lambda values: noun.part.add(study=study, by=request.user, **values),
        done=_("Added."),
        to=protocol_url(study.code, noun.section),
        section="protocol",
        heading=noun.adding,
        action=_("Add"),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def edit(request: StaffRequest, study: Study, part: str, code: str) -> HttpResponse:
    """Change one."""
    noun = NOUNS[part]
    row = get_object_or_404(noun.part.model, study=study, code=code)
    form = noun.form(
        request.POST or None,
        instance=noun.part.model._default_manager.get(pk=row.pk),  # type: ignore[call-arg]
        study=study,
    )
    return form_page(
        request,
        form=form,
        save=lambda values: noun.part.edit(row, by=request.user, **values),
        current=lambda: row_values(noun.part.model._default_manager.get(pk=row.pk), form.fields),
        done=_("Changed."),
        to=protocol_url(study.code, noun.section),
        section="protocol",
        heading=format_lazy(gettext_lazy("Edit {noun} {name}"), noun=noun.word, name=str(row)),
        remove_url=reverse(f"studies:{part}_remove", args=[study.code, code]),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def remove(request: StaffRequest, study: Study, part: str, code: str) -> HttpResponse:
    """Take one away, after a question."""
    noun = NOUNS[part]
    row = get_object_or_404(noun.part.model, study=study, code=code)
    return form_page(
        request,
        form=ReasonForm(request.POST or None),
        save=lambda values: noun.part.remove(row, by=request.user, **values),
        current=lambda: values_of(noun.part.model._default_manager.get(pk=row.pk)),
        done=_("Removed."),
        to=protocol_url(study.code, noun.section),
        section="protocol",
        heading=format_lazy(gettext_lazy("Remove {noun} {name}?"), noun=noun.word, name=str(row)),
        action=_("Remove"),
        danger=True,
    )

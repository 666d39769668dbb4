"""Pages of a draft: begun, edited, its parts changed and taken back, submitted, discarded."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from studies.access.permissions import Permission
from studies.amendments.changes import PARTS, proposed, values_now
from studies.amendments.forms import PART_FORMS, AmendmentForm, TargetForm
from studies.amendments.models import Amendment
from studies.amendments.services import drafting
from studies.amendments.views.pages import amendment_of, amendment_url, page_of
from studies.platform.errors import Invalid, StateRefused, invalid
from studies.platform.forms import seen_in
from studies.protocol.forms import ConditionsForm
from studies.protocol.models import Condition, Site, Study
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page

FORM = "studies/amendments/form.html"
_ADDING = {
    "visits": gettext_lazy("Add a visit"),
    "arms": gettext_lazy("Add an arm"),
    "criteria": gettext_lazy("Add a criterion"),
}


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def add(request: StaffRequest, study: Study) -> HttpResponse:
    """Begin the next version."""
    made: list[Amendment] = []
    answer = form_page(
        request,
        form=AmendmentForm(request.POST or None, study=study),
        save=lambda values: made.append(
            drafting.draft_amendment(study=study, by=request.user, **values)
        ),
        done=_("The draft is begun. Nothing of the protocol has changed."),
        to=reverse("studies:amendments", args=[study.code]),
        template=FORM,
        section="protocol",
        heading=_("Draft an amendment"),
        action=_("Begin the draft"),
        text=_("It takes effect nowhere before a site's ethics committee has approved it."),
    )
    return HttpResponseRedirect(amendment_url(made[0])) if made else answer


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def edit(request: StaffRequest, study: Study, number: int) -> HttpResponse:
    """What it is called, whom it reaches, which consent goes with it."""
    amendment = amendment_of(study, number)
    form = AmendmentForm(request.POST or None, study=study, instance=amendment_of(study, number))
    return _page(
        request,
        amendment,
        form,
        save=lambda values: drafting.edit_amendment(amendment=amendment, by=request.user, **values),
        current=lambda: drafting.header_values(amendment_of(study, number)),
        heading=_("Edit the draft of version %(number)s") % {"number": number},
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def add_part(request: StaffRequest, study: Study, number: int, part: str) -> HttpResponse:
    """A new visit, arm or criterion."""
    amendment = amendment_of(study, number)
    form = _form(request, amendment, part, None)

    def save(values: dict[str, Any]) -> None:
        code = values.pop("code")
        if code in proposed(amendment, part):
            raise invalid("Nothing was changed.", {"code": "This code is taken."})
        drafting.change_part(
            amendment=amendment, part=part, code=code, values=values, by=request.user
        )

    return _page(
        request,
        amendment,
        form,
        save=save,
        heading=_ADDING[part],
        action=_("Add to the draft"),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def edit_part(
    request: StaffRequest, study: Study, number: int, part: str, code: str
) -> HttpResponse:
    """Another wording, day, window or views of one."""
    amendment = amendment_of(study, number)
    form = _form(request, amendment, part, code)

    def save(values: dict[str, Any]) -> None:
        seen = values.pop("seen", None)
        drafting.change_part(
            amendment=amendment, part=part, code=code, values=values, by=request.user, seen=seen
        )

    return _page(
        request,
        amendment,
        form,
        save=save,
        current=lambda: drafting.part_values(amendment_of(study, number), part, code),
        heading=_("Change %(code)s") % {"code": code},
        action=_("Put into the draft"),
        remove_url=reverse("studies:amendment_drop", args=[study.code, number, part, code]),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def drop_part(
    request: StaffRequest, study: Study, number: int, part: str, code: str
) -> HttpResponse:
    """Take one out of the next version."""
    amendment = amendment_of(study, number)
    _known(part, proposed(amendment, part) if part in PARTS else {}, code)
    return _page(
        request,
        amendment,
        forms.Form(request.POST or None),
        save=lambda values: drafting.change_part(
            amendment=amendment,
            part=part,
            code=code,
            values=None,
            by=request.user,
            seen=values["seen"],
        ),
        current=lambda: drafting.part_values(amendment_of(study, number), part, code),
        heading=_("Take %(code)s out of the protocol?") % {"code": code},
        text=_("What was collected stays, under the version it was collected under."),
        action=_("Take it out"),
        danger=True,
    )


@require_POST
@study_page(Permission.STUDY_EDIT)
def keep_part(
    request: StaffRequest, study: Study, number: int, part: str, code: str
) -> HttpResponse:
    """Take back what the draft changes in one."""
    amendment = amendment_of(study, number)
    _known(part, amendment.changes.get(part, {}), code)
    return _button(
        request,
        amendment,
        lambda: drafting.keep_part(
            amendment=amendment, part=part, code=code, by=request.user, seen=seen_in(request.POST)
        ),
        _("%(code)s stays as it is.") % {"code": code},
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def target(request: StaffRequest, study: Study, number: int, code: str) -> HttpResponse:
    """How many a site hopes to enrol."""
    amendment = amendment_of(study, number)
    site = get_object_or_404(Site, study=study, code=code)
    initial = {"enrolment_target": drafting.target_of(amendment, site)}
    return _page(
        request,
        amendment,
        TargetForm(request.POST or None, initial=initial),
        save=lambda values: drafting.change_target(
            amendment=amendment,
            site=site,
            target=values["enrolment_target"],
            by=request.user,
            seen=values["seen"],
        ),
        current=lambda: {"enrolment_target": drafting.target_of(amendment_of(study, number), site)},
        heading=_("Target of %(site)s") % {"site": site.code},
        action=_("Put into the draft"),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def conditions(request: StaffRequest, study: Study, number: int) -> HttpResponse:
    """Which conditions are graded."""
    amendment = amendment_of(study, number)
    codes = drafting.conditions_of(amendment)
    initial = {"main": codes[0] if codes else Condition.objects.first(), "others": codes[1:]}
    form = ConditionsForm(request.POST or None, initial=initial)
    return _page(
        request,
        amendment,
        form,
        save=lambda values: drafting.change_conditions(
            amendment=amendment, conditions=form.codes(), by=request.user, seen=values["seen"]
        ),
        current=lambda: {"conditions": drafting.conditions_of(amendment_of(study, number))},
        heading=_("Conditions graded"),
        text=_("They are graded on the photos of every site from the amendment's first day on."),
        action=_("Put into the draft"),
    )


@require_POST
@study_page(Permission.STUDY_EDIT)
def submit(request: StaffRequest, study: Study, number: int) -> HttpResponse:
    """Settle its words."""
    amendment = amendment_of(study, number)
    return _button(
        request,
        amendment,
        lambda: drafting.submit_amendment(
            amendment=amendment, by=request.user, seen=seen_in(request.POST)
        ),
        _("Its words are settled. Enter each ethics committee's approval as it arrives."),
    )


@require_POST
@study_page(Permission.STUDY_EDIT)
def reopen(request: StaffRequest, study: Study, number: int) -> HttpResponse:
    """Make it a draft again."""
    amendment = amendment_of(study, number)
    return _button(
        request,
        amendment,
        lambda: drafting.reopen_amendment(amendment=amendment, by=request.user),
        _("It is a draft again."),
    )


@require_POST
@study_page(Permission.STUDY_EDIT)
def discard(request: StaffRequest, study: Study, number: int) -> HttpResponse:
    """Throw it away."""
    amendment = amendment_of(study, number)
    return _button(
        request,
        amendment,
        lambda: drafting.discard_amendment(
            amendment=amendment, by=request.user, seen=seen_in(request.POST)
        ),
        _("The draft is gone; the audit trail keeps what it said."),
        to=reverse("studies:amendments", args=[study.code]),
    )


def _page(
    request: StaffRequest,
    amendment: Amendment,
    form: forms.BaseForm,
    *,
    save: Callable[[dict[str, Any]], object],
    **context: Any,
) -> HttpResponse:
    return form_page(
        request,
        form=form,
        save=save,
        done=_("The draft is changed. Nothing of the protocol has changed."),
        to=amendment_url(amendment),
        template=FORM,
        section="protocol",
        amendment=amendment,
        **context,
    )


def _button(
    request: StaffRequest,
    amendment: Amendment,
    act: Callable[[], object],
    done: str,
    *,
    to: str = "",
) -> HttpResponse:
    """Do what a button of the amendment's page asks; what is refused is said on that page."""
    try:
        act()
    except (StateRefused, Invalid) as refusal:
        messages.warning(request, refusal.message)
        again = amendment_of(amendment.study, amendment.number)
        return page_of(request, again, status=refusal.status)
    messages.success(request, done)
    return HttpResponseRedirect(to or amendment_url(amendment))


def _form(
    request: StaffRequest, amendment: Amendment, part: str, code: str | None
) -> forms.BaseForm:
    """The form of one row, filled with its values as the draft has them; 404 for what is not."""
    if part not in PARTS:
        raise Http404
    instance = PARTS[part].model(study=amendment.study)
    if code is not None:
        rows = {**values_now(amendment.study, part), **proposed(amendment, part)}
        _known(part, rows, code)
        instance = PARTS[part].model(study=amendment.study, code=code, **rows[code])
    form = PART_FORMS[part](request.POST or None, instance=instance)
    names = {*PARTS[part].fields, *(["code"] if code is None else [])}
    for name in set(form.fields) - names:
        del form.fields[name]
    return form


def _known(part: str, rows: Any, code: str) -> None:
    if part not in PARTS or code not in rows:
        raise Http404


@require_POST
@study_page(Permission.STUDY_EDIT)
def hold_consent(request: StaffRequest, study: Study, number: int) -> HttpResponse:
    """Keep a drafted consent for the sites whose approvals name it."""
    amendment = amendment_of(study, number)
    pk = request.POST.get("version", "")
    to = HttpResponseRedirect(amendment_url(amendment) + "#sites")
    version = study.consent_versions.filter(pk=pk if pk.isdecimal() else 0).first()
    if version is None:
        messages.error(request, _("Nothing was changed: choose a consent version."))
        return to
    drafting.hold_consent(amendment=amendment, version=version, by=request.user)
    messages.success(
        request,
        _("Consent %(version)s is shown only at sites whose approval names it.")
        % {"version": version},
    )
    return to

"""Source verification: a page for each site, one for each part of a participant, and the plan."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participants.people.models import Participant
from participants.people.views.door import participant_page
from participants.verification.forms import PlanForm
from participants.verification.services.counting import counted, standings_of
from participants.verification.services.files import ticks_file
from participants.verification.services.reading import rows_of
from participants.verification.services.standing import (
    Standing,
    people_of,
    plan_of,
    verifiables,
)
from participants.verification.services.ticking import (
    take_back,
    verifiable,
    verify_fields,
    versions_of,
)
from studies.access.permissions import Permission
from studies.platform.addresses import attachment
from studies.platform.errors import Invalid
from studies.platform.forms import row_values, seen_in
from studies.platform.seen import ChangedMeanwhile, Seen
from studies.protocol.models import Site, Study
from studies.protocol.services.verification import set_verification_plan
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page

PER_PAGE = 25
# What a page of a site can be narrowed to → the standings shown.
SHOWN = {
    "changed": (Standing.CHANGED,),
    "left": (Standing.LEFT, Standing.PARTLY),
    "verified": (Standing.VERIFIED,),
}


@require_safe
@study_page(Permission.VERIFICATION_VIEW)
def site_page(request: StaffRequest, study: Study, site: str) -> HttpResponse:
    """Everybody at a site with their parts: verified, left by the plan, changed since."""
    sites = Site.objects.visible_to(request.user, Permission.VERIFICATION_VIEW).filter(study=study)
    here = get_object_or_404(sites, code=site)
    people = list(people_of(study, request.user, Permission.VERIFICATION_VIEW).filter(site=here))
    plan = plan_of(study)
    stand = standings_of(people, plan)
    numbers = counted(one for parts in stand.values() for one in parts)
    show = request.GET.get("show", "")
    wanted = SHOWN.get(show, tuple(Standing))
    code = request.GET.get("code", "").strip()
    found = [
        person
        for person in people
        if code.lower() in person.code.lower() and set(stand[person.pk]) & set(wanted)
    ]
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    rows = rows_of(shown)
    lines = [
        (person, [one for one in verifiables(person, rows, plan) if one.standing in wanted])
        for person in shown
    ]
    context = {
        "study": study,
        "section": "monitoring",
        "site": here,
        "sites": sites if len(sites) > 1 else [],
        "page": page,
        "lines": lines,
        "numbers": {standing.value: number for standing, number in numbers.items()},
        "left": numbers[Standing.LEFT] + numbers[Standing.PARTLY],
        "show": show if show in SHOWN else "",
        "code": code,
        "any": any(stand.values()),
    }
    return render(request, "participants/verification/site.html", context)


@require_safe
@participant_page(Permission.VERIFICATION_VIEW)
def part_page(request: StaffRequest, participant: Participant, part: str) -> HttpResponse:
    """One part, field by field: what it says, whether it was verified, what changed since."""
    return _part_page(request, participant, part)


def _part_page(
    request: StaffRequest,
    participant: Participant,
    part: str,
    *,
    refused: str = "",
    asked: str = "",
    status: int = 200,
) -> HttpResponse:
    shown = verifiable(participant, part)
    fields = shown.fields
    all_parts = verifiables(participant, rows_of([participant]), plan_of(participant.study))
    ticked = [one for one in fields if one.tick is not None]
    carried = {
        **versions_of([one for one in fields if one.field]),
        **{f"tick:{one.key}": one.tick.pk for one in ticked if one.tick},
    }
    after = [one for one in all_parts if one.part.key != part]
    open_ones = (Standing.CHANGED, Standing.LEFT, Standing.PARTLY)
    context: dict[str, Any] = {
        "study": participant.study,
        "section": "monitoring",
        "participant": participant,
        "shown": shown,
        "fields": fields,
        "ticked": ticked,
        "to_verify": [one for one in fields if one.field and one.standing != Standing.VERIFIED],
        "parts": all_parts,
        "next": next((one for one in after if one.standing in open_ones), None),
        "visit": part.partition(".")[2] if part.startswith("visit.") else "",
        "may": Permission.SOURCE_VERIFY in request.can,
        "seen": Seen.of(carried).token(),
        "refused": refused,
        "asked": asked,
        "typed": request.POST if request.method == "POST" else {},
        "chosen": request.POST.getlist("fields"),
    }
    return render(request, "participants/verification/part.html", context, status=status)


@require_POST
@participant_page(Permission.SOURCE_VERIFY)
def verify(request: StaffRequest, participant: Participant, part: str) -> HttpResponse:
    """Tick the fields chosen, or all of the part."""
    fields = None if "whole" in request.POST else request.POST.getlist("fields")
    try:
        made = verify_fields(
            participant=participant,
            part=part,
            fields=fields,
            by=request.user,
            seen=seen_in(request.POST),
        )
    except (Invalid, ChangedMeanwhile) as refusal:
        return _part_page(
            request, participant, part, refused=_said(refusal), asked="verify",
            status=refusal.status,
        )  # fmt: skip
    words = ngettext("%(n)s field is verified.", "%(n)s fields are verified.", len(made))
    messages.success(request, words % {"n": len(made)})
    return redirect(
        "participants:verification_part", participant.study.code, participant.code, part
    )


@require_POST
@participant_page(Permission.SOURCE_VERIFY)
def verification_take_back(
    request: StaffRequest, participant: Participant, part: str
) -> HttpResponse:
    """Take ticks back, with a reason."""
    try:
        ended = take_back(
            participant=participant,
            part=part,
            fields=request.POST.getlist("fields"),
            reason=request.POST.get("reason", ""),
            by=request.user,
            seen=seen_in(request.POST),
        )
    except (Invalid, ChangedMeanwhile) as refusal:
        return _part_page(
            request, participant, part, refused=_said(refusal), asked="take_back",
            status=refusal.status,
        )  # fmt: skip
    words = ngettext(
        "%(n)s verification is taken back.", "%(n)s verifications are taken back.", len(ended)
    )
    messages.success(request, words % {"n": len(ended)})
    return redirect(
        "participants:verification_part", participant.study.code, participant.code, part
    )


def _said(refusal: Invalid | ChangedMeanwhile) -> str:
    if isinstance(refusal, ChangedMeanwhile):
        return _(
            "Something here was changed after you opened the page. Nothing was saved: look at the "
            "values as they are now, and tick again."
        )
    fields = refusal.detail.get("fields")
    sentences = [
        str(line)
        for lines in (fields.values() if isinstance(fields, dict) else [])
        for line in (lines if isinstance(lines, list) else [lines])
    ]
    return " ".join(sentences) or refusal.message


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def plan(request: StaffRequest, study: Study) -> HttpResponse:
    """What monitors of this study verify, and of whom."""
    form = PlanForm(request.POST or None, study=study)

    def save(values: dict[str, Any]) -> object:
        return set_verification_plan(
            study=study,
            fields=values["verify_fields"],
            first=values["verify_first"],
            reason=values.get("reason", ""),
            seen=values["seen"],
            by=request.user,
        )

    return form_page(
        request,
        form=form,
        save=save,
        current=lambda: row_values(
            Study.objects.get(pk=study.pk), ("verify_fields", "verify_first")
        ),
        done=_("The plan of source verification is changed."),
        to=reverse("participants:monitoring", args=[study.code]) + "#verification",
        template="participants/verification/plan.html",
        section="monitoring",
        study=study,
    )


@require_safe
@study_page(Permission.VERIFICATION_VIEW)
def verification_file(request: StaffRequest, study: Study) -> StreamingHttpResponse:
    """Every tick as a CSV file, without values."""
    lines = ticks_file(study=study, by=request.user)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = attachment(f"{study.code}-verification.csv")
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response

"""The versions of a protocol, and one amendment."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from studies.access.permissions import Permission
from studies.amendments.changes import PARTS, in_words, rows_now
from studies.amendments.effects import effects
from studies.amendments.models import Amendment
from studies.amendments.services import consents, drafting
from studies.amendments.services.reading import today, versions_at
from studies.platform.seen import Seen
from studies.protocol.models import Site, Study
from studies.protocol.views.access import StaffRequest, study_page

S = Amendment.State


@require_GET
@study_page(Permission.STUDY_VIEW)
def listing(request: StaffRequest, study: Study) -> HttpResponse:
    """Every version of the protocol, and which one each site follows."""
    rows = list(study.amendments.select_related("consent_version").prefetch_related("approvals"))
    sites = list(study.sites.select_related("study"))
    versions = {day: versions_at(study, day) for day in {today(site) for site in sites}}
    under_way = next((row for row in rows if row.state != S.ADOPTED), None)
    context = {
        "section": "protocol",
        "amendments": rows,
        "sites": [(site, versions[today(site)][site.pk]) for site in sites],
        "may_draft": request.can["study_edit"]
        and study.state == Study.State.ACTIVE
        and study.has_participants()
        and under_way is None,
        "begun": study.has_participants(),
        "under_way": under_way,
    }
    return render(request, "studies/amendments/listing.html", context)


@require_GET
@study_page(Permission.STUDY_VIEW)
def show(request: StaffRequest, study: Study, number: int) -> HttpResponse:
    """What an amendment changes, what it does, and where it is in force."""
    return page_of(request, amendment_of(study, number))


def page_of(request: StaffRequest, amendment: Amendment, *, status: int = 200) -> HttpResponse:
    """The page of ``amendment``; also what a button's refusal leads to."""
    study = amendment.study
    editable = request.can["study_edit"] and study.state == Study.State.ACTIVE
    drafted = amendment.state == S.DRAFT and editable
    sites = _sites(request, amendment)
    context = {
        "section": "protocol",
        "amendment": amendment,
        "changes": in_words(amendment),
        "editable": editable,
        "drafted": drafted,
        "parts": _parts(amendment) if drafted else [],
        "targets": study.sites.all() if drafted else [],
        "effects": _effects(request, amendment),
        "sites": sites,
        "holdable": consents.holdable(study) if editable and not drafted else [],
        "held": consents.held(study),
        "approved_anywhere": any(line["approval"] for line in sites),
        "on": today(study),
        "seen": Seen.of(drafting.whole_values(amendment)).token(),
    }
    return render(request, "studies/amendments/show.html", context, status=status)


def amendment_of(study: Study, number: int) -> Amendment:
    """The amendment that makes version ``number``, or 404."""
    rows = Amendment.objects.select_related("consent_version")
    amendment: Amendment = get_object_or_404(rows, study=study, number=number)
    amendment.study = study
    return amendment


def amendment_url(amendment: Amendment) -> str:
    """The page of one amendment."""
    return reverse("studies:amendment", args=[amendment.study.code, amendment.number])


def _parts(amendment: Amendment) -> list[tuple[str, str, list[Any]]]:
    """What may be changed: part, its word, and the rows as they are, but for those changed."""
    return [
        (
            part,
            PARTS[part].word,
            [
                row
                for code, row in rows_now(amendment.study, part).items()
                if code not in amendment.changes.get(part, {})
            ],
        )
        for part in PARTS
    ]


def _effects(request: StaffRequest, amendment: Amendment) -> list[Any] | None:
    """What it would do where it is not in force yet and the person may see participants.

    ``None`` where there is no such site.
    """
    seen = Site.objects.visible_to(request.user, Permission.PARTICIPANT_VIEW)
    sites = list(
        seen.filter(study=amendment.study).exclude(
            approvals__amendment__number__gte=amendment.number
        )
    )
    return effects(amendment, sites, today(amendment.study)) if sites else None


def _sites(request: StaffRequest, amendment: Amendment) -> list[dict[str, Any]]:
    approvals = {
        approval.site_id: approval
        for approval in amendment.approvals.select_related("consent_version")
    }
    may = Site.objects.visible_to(request.user, Permission.AMENDMENT_APPROVE)
    allowed = set(may.filter(study=amendment.study).values_list("pk", flat=True))
    later = set(
        Site.objects.filter(
            study=amendment.study, approvals__amendment__number__gt=amendment.number
        ).values_list("pk", flat=True)
    )
    open_now = amendment.state != S.DRAFT and amendment.study.state == Study.State.ACTIVE
    return [
        {
            "site": site,
            "approval": approvals.get(site.pk),
            "overtaken": site.pk in later and site.pk not in approvals,
            "begun": site.pk in approvals and approvals[site.pk].effective_on <= today(site),
            "may_correct": site.pk in allowed,
            "may": open_now and site.pk in allowed and not {site.pk} & (later | set(approvals)),
        }
        for site in amendment.study.sites.select_related("study")
    ]

"""The screening log, filtered, paged, and as a file."""

from typing import Any

import django_filters
from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from participants.enrolment.services.log import attempts_of, log_file
from participants.people.models import ScreeningAttempt
from studies.access.permissions import Permission
from studies.platform.addresses import attachment
from studies.protocol.models import Site, Study
from studies.protocol.views.access import StaffRequest, study_page

PER_PAGE = 50


class LogFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By site, outcome, what ended it, and the days on which attempts began."""

    site = django_filters.ModelChoiceFilter(
        field_name="participant__site",
        queryset=Site.objects.none(),
        label=_("Site"),
        empty_label=_("All sites"),
    )
    outcome = django_filters.ChoiceFilter(
        choices=ScreeningAttempt.Outcome.choices, label=_("Outcome"), empty_label=_("Any")
    )
    failure = django_filters.ChoiceFilter(
        choices=ScreeningAttempt.Failure.choices, label=_("What ended it"), empty_label=_("Any")
    )
    since = django_filters.DateFilter(
        field_name="began_on",
        lookup_expr="gte",
        label=_("From"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = django_filters.DateFilter(
        field_name="began_on",
        lookup_expr="lte",
        label=_("To"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    class Meta:
        model = ScreeningAttempt
        fields = ("site", "outcome", "failure", "since", "until")

    def __init__(self, *args: Any, sites: QuerySet[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["site"].queryset = sites
        if len(sites) < 2:
            del self.filters["site"]


def _narrowed(request: StaffRequest, study: Study) -> LogFilter:
    sites = Site.objects.visible_to(request.user, Permission.PARTICIPANT_VIEW).filter(study=study)
    return LogFilter(request.GET, queryset=attempts_of(study=study, by=request.user), sites=sites)


@require_safe
@study_page(Permission.PARTICIPANT_VIEW)
def screening_log(request: StaffRequest, study: Study) -> HttpResponse:
    """Every attempt of the sites one may see, with its outcome and reason."""
    narrowed = _narrowed(request, study)
    page = Paginator(narrowed.qs, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "study": study,
        "section": "participants",
        "filter": narrowed,
        "page": page,
        "any": attempts_of(study=study, by=request.user).exists(),
    }
    return render(request, "participants/enrolment/log.html", context)


@require_safe
@study_page(Permission.PARTICIPANT_VIEW)
def screening_log_file(request: StaffRequest, study: Study) -> StreamingHttpResponse:
    """The same rows as a CSV file, as filtered."""
    narrowed = _narrowed(request, study)
    asked = request.GET.urlencode()[:300]
    lines = log_file(study=study, rows=narrowed.qs, asked=asked, by=request.user)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = attachment(f"{study.code}-screening-log.csv")
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response

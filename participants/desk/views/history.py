"""A participant's history."""

from functools import reduce
from operator import or_

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from participants.desk.history import KINDS, entries, events_about
from participants.people.models import Participant
from participants.people.views.door import participant_page
from studies.access.permissions import Permission
from studies.protocol.views.access import StaffRequest
from studies.record.models import AuditEvent
from studies.record.paging import page_of
from studies.record.wording import READS


class _Tick(django_filters.Filter):  # type: ignore[misc]
    """A box that is ticked or not; not being there is not."""

    field_class = forms.BooleanField


class HistoryFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By kind and days (in the study's time zone); who only looked is left out unless asked for."""

    kind = django_filters.ChoiceFilter(
        choices=[(name, label) for name, (label, _begins) in KINDS.items()],
        label=_("About"),
        empty_label=_("Everything"),
        method="of_kind",
    )
    since = django_filters.DateFilter(
        field_name="at",
        lookup_expr="date__gte",
        label=_("From"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = django_filters.DateFilter(
        field_name="at",
        lookup_expr="date__lte",
        label=_("To"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reads = _Tick(label=_("Who looked, too"), method="with_reads")

    class Meta:
        model = AuditEvent
        fields = ("kind", "since", "until", "reads")

    def of_kind(self, events: QuerySet[AuditEvent], _name: str, value: str) -> QuerySet[AuditEvent]:
        begins = [Q(action__startswith=prefix) for prefix in KINDS[value][1]]
        return events.filter(reduce(or_, begins))

    def with_reads(
        self, events: QuerySet[AuditEvent], _name: str, asked: bool
    ) -> QuerySet[AuditEvent]:
        return events if asked else events.exclude(action__in=READS)


@require_safe
@participant_page(Permission.HISTORY_VIEW)
def history(request: StaffRequest, participant: Participant) -> HttpResponse:
    """What was done about a participant, newest first."""
    events = events_about(participant=participant, by=request.user)
    chosen = HistoryFilter(request.GET, queryset=events)
    page = page_of(chosen.qs, request.GET)
    context = {
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "filter": chosen,
        "page": page,
        "entries": list(entries(page.events, participant=participant, by=request.user)),
        "opened": Permission.IDENTITY_VIEW in request.can,
    }
    response = render(request, "participants/desk/history.html", context)
    response["Cache-Control"] = "private, no-store"
    return response

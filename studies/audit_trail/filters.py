"""How the audit trail is searched."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from studies.record.models import AuditEvent
from studies.record.wording import action_in_words


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"})


class RecordFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By participant, act, person and days (in the study's time zone)."""

    participant = django_filters.CharFilter(
        field_name="participant_code", lookup_expr="iexact", label=_("Participant")
    )
    action = django_filters.ChoiceFilter(label=_("Act"), empty_label=_("All"))
    person = django_filters.ChoiceFilter(
        field_name="actor_label", label=_("Person"), empty_label=_("Everyone")
    )
    since = django_filters.DateFilter(
        field_name="at", lookup_expr="date__gte", label=_("From"), widget=_day()
    )
    until = django_filters.DateFilter(
        field_name="at", lookup_expr="date__lte", label=_("To"), widget=_day()
    )

    class Meta:
        model = AuditEvent
        fields = ["participant", "action", "person", "since", "until"]

    def __init__(self, data: Any, queryset: QuerySet[AuditEvent], **kw: Any) -> None:
        super().__init__(data, queryset, **kw)
        plain = queryset.order_by()
        actions = plain.values_list("action", flat=True).distinct()
        people = plain.values_list("actor_label", flat=True).distinct()
        self.filters["action"].extra["choices"] = [
            (action, action_in_words(action)) for action in sorted(actions)
        ]
        self.filters["person"].extra["choices"] = [(name, name) for name in sorted(people)]

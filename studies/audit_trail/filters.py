"""How the audit trail is searched."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from studies.platform.kept import kept
from studies.record.models import AuditEvent
from studies.record.wording import READS, action_in_words


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"})


class _Tick(django_filters.Filter):  # type: ignore[misc]
    """A box that is ticked or not; not being there is not."""

    field_class = forms.BooleanField


def _each(events: QuerySet[AuditEvent], name: str) -> list[str]:
    """Each value of a column once, from one to the next: steps in an index, not every event."""
    names: list[str] = []
    rest = events.order_by(name).values_list(name, flat=True)
    while (
        following := (rest.filter(**{f"{name}__gt": names[-1]}) if names else rest).first()
    ) is not None:
        names.append(following)
    return names


class RecordFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By participant, action, person and days (in the study's time zone).

    What changed nothing (``READS``) is left out unless it is asked for, by the box or by its name.
    """

    participant = django_filters.CharFilter(
        field_name="participant_code", method="of_participant", label=_("Participant")
    )
    action = django_filters.ChoiceFilter(label=_("Action"), empty_label=_("All"))
    person = django_filters.ChoiceFilter(
        field_name="actor_label", label=_("Person"), empty_label=_("Everyone")
    )
    since = django_filters.DateFilter(
        field_name="at", lookup_expr="date__gte", label=_("From"), widget=_day()
    )
    until = django_filters.DateFilter(
        field_name="at", lookup_expr="date__lte", label=_("To"), widget=_day()
    )

    reads = _Tick(label=_("Views and sign-ins, too"), method="_with_reads")

    class Meta:
        model = AuditEvent
        fields = ["participant", "action", "person", "since", "until"]

    def _with_reads(
        self, events: QuerySet[AuditEvent], _name: str, asked: bool
    ) -> QuerySet[AuditEvent]:
        asked = asked or self.form.cleaned_data.get("action") in READS
        return events if asked else events.exclude(action__in=READS)

    def __init__(
        self, data: Any, queryset: QuerySet[AuditEvent], *, readers: str, **kw: Any
    ) -> None:
        """``readers`` says who may read these events: what can be chosen is ``kept`` for them."""
        super().__init__(data, queryset, **kw)
        actions = kept(f"record:acts:{readers}", lambda: _each(queryset, "action"))
        # Participants are thousands, and have a field of their own.
        staff = queryset.exclude(actor_kind="participant")
        people = kept(f"record:people:{readers}", lambda: _each(staff, "actor_label"))
        self.filters["action"].extra["choices"] = [
            (action, action_in_words(action)) for action in sorted(actions)
        ]
        self.filters["person"].extra["choices"] = [(name, name) for name in sorted(people)]

    def of_participant(
        self, events: QuerySet[AuditEvent], name: str, value: str
    ) -> QuerySet[AuditEvent]:
        """By code, in capitals as all codes are: an index finds what is compared as it stands."""
        return events.filter(participant_code=value.strip().upper())

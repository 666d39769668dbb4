"""What the list of participants can be narrowed to."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from participants.models import Participant, Photo
from studies.models import Arm, Site

VISITS = (
    ("due", _("Due now")),
    ("late", _("Late, still possible")),
    ("missed", _("Missed")),
    ("retake", _("Photo to be taken again")),
)


class ParticipantFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By code, site, arm, state, and how the visits stand today.

    The queryset is annotated by ``with_schedule``; ``sites`` and ``arms`` are those offered.
    """

    code = django_filters.CharFilter(
        lookup_expr="icontains",
        label=_("Code"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "SG01-0007"}),
    )
    site = django_filters.ModelChoiceFilter(
        queryset=Site.objects.none(), label=_("Site"), empty_label=_("All sites")
    )
    arm = django_filters.ModelChoiceFilter(
        queryset=Arm.objects.none(), label=_("Arm"), empty_label=_("All arms")
    )
    state = django_filters.ChoiceFilter(
        choices=Participant.State.choices, label=_("State"), empty_label=_("Any state")
    )
    visits = django_filters.ChoiceFilter(
        choices=VISITS, label=_("Visits"), empty_label=_("Any"), method="by_visits"
    )

    class Meta:
        model = Participant
        fields = ("code", "site", "arm", "state", "visits")

    def __init__(self, *args: Any, sites: QuerySet[Site], arms: QuerySet[Arm], **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.filters["site"].queryset = sites
        self.filters["arm"].queryset = arms
        # A choice of one is no choice.
        if len(sites) < 2:
            del self.filters["site"]
        if not arms:
            del self.filters["arm"]

    def by_visits(
        self, queryset: QuerySet[Participant], name: str, value: str
    ) -> QuerySet[Participant]:
        """Participants with a visit in this standing today."""
        if value == "retake":
            wanted = Photo.objects.filter(state=Photo.State.RETAKE_WANTED)
            return queryset.filter(
                state=Participant.State.ENROLLED, pk__in=wanted.values("visit__participant")
            )
        return queryset.filter(**{value: True})

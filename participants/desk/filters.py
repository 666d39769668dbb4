"""What the list of participants can be narrowed to."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from participants.allocation.services.reading import in_arms
from participants.capture.models import Photo
from participants.consent.models import Consent
from participants.people.models import GONE, IN_SCREENING, Participant
from studies.access.models import User
from studies.protocol.models import Arm, Site

VISITS = (
    ("due", _("Due now")),
    ("late", _("Late, still possible")),
    ("missed", _("Missed")),
    ("retake", _("Photo to be taken again")),
)


# What counts elsewhere say, beside each state: the rows behind those counts.
GROUPS: dict[str, tuple[Any, Q]] = {
    "was_enrolled": (_("Was ever enrolled"), Q(enrolled_on__isnull=False)),
    "in_screening": (_("On the way to enrolment"), Q(state__in=IN_SCREENING)),
    "left": (_("Withdrawn or erased"), Q(state__in=GONE)),
}

CONSENT = (
    ("renew", _("To renew: a newer text is in force")),
    ("missing", _("Missing")),
)


class ParticipantFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By code, site, arm, state, consent, and how the visits stand today.

    The queryset is annotated by ``with_schedule``; ``sites`` and ``arms`` are those offered, and
    ``to_renew`` finds those whom a newer consent text asks again.
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
        queryset=Arm.objects.none(),
        label=_("Arm"),
        empty_label=_("All arms"),
        method="by_arm",
    )
    state = django_filters.ChoiceFilter(
        choices=[
            *Participant.State.choices,
            *((code, label) for code, (label, _where) in GROUPS.items()),
        ],
        label=_("State"),
        empty_label=_("Any state"),
        method="by_state",
    )
    visits = django_filters.ChoiceFilter(
        choices=VISITS, label=_("Visits"), empty_label=_("Any"), method="by_visits"
    )

    consent = django_filters.ChoiceFilter(
        choices=CONSENT, label=_("Consent"), empty_label=_("Any"), method="by_consent"
    )

    class Meta:
        model = Participant
        fields = ("code", "site", "arm", "state", "visits", "consent")

    def __init__(
        self,
        *args: Any,
        sites: QuerySet[Site],
        arms: QuerySet[Arm],
        user: User,
        to_renew: Q | None = None,
        **kw: Any,
    ) -> None:
        super().__init__(*args, **kw)
        self.user = user
        self.to_renew = to_renew if to_renew is not None else Q(pk__in=[])
        self.filters["site"].queryset = sites
        self.filters["arm"].queryset = arms
        # A choice of one is no choice.
        if len(sites) < 2:
            del self.filters["site"]
        if not arms:
            del self.filters["arm"]

    def by_arm(
        self, queryset: QuerySet[Participant], name: str, value: Arm
    ) -> QuerySet[Participant]:
        """Participants in this arm whose arm the person may know."""
        return queryset.filter(pk__in=in_arms(value.study, [value.code], user=self.user))

    def by_state(
        self, queryset: QuerySet[Participant], name: str, value: str
    ) -> QuerySet[Participant]:
        """Participants in this state, or in one of the states of a group."""
        if value in GROUPS:
            return queryset.filter(GROUPS[value][1])
        return queryset.filter(state=value)

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

    def by_consent(
        self, queryset: QuerySet[Participant], name: str, value: str
    ) -> QuerySet[Participant]:
        """Participants who have to read a newer text, or who take part without any consent."""
        if value == "renew":
            return queryset.filter(self.to_renew)
        given = Consent.objects.in_force().values("participant")
        return queryset.filter(state=Participant.State.ENROLLED).exclude(pk__in=given)

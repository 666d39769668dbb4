"""The API of participants. Identities never leave by it."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import generics, serializers

from participants.allocation.services.reading import (
    in_arms,
    require_sees_arms,
    sites_with_arms,
)
from participants.people.models import Correction, Participant
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.api import StudyResource
from studies.protocol.models import Study


class CorrectionSerializer(serializers.ModelSerializer[Correction]):
    """A value that was corrected: ``field`` names it, ``old`` and ``new`` are as they stood."""

    class Meta:
        model = Correction
        fields = ["field", "old", "new", "reason", "at"]


class ParticipantSerializer(serializers.ModelSerializer[Participant]):
    """A participant by code."""

    site = serializers.CharField(source="site.code")
    arm = serializers.SerializerMethodField(
        help_text="Null without an arm, and for those who may not see arms.",
    )
    corrections = CorrectionSerializer(many=True, read_only=True)

    def get_arm(self, participant: Participant) -> str | None:
        """The code of the arm, at sites where who asks may know it."""
        if participant.site_id not in self.context.get("arms_at", ()):
            return None
        allocation = getattr(participant, "allocation", None)
        return allocation.opened().arm if allocation is not None else None

    class Meta:
        model = Participant
        fields = [
            "code",
            "site",
            "arm",
            "state",
            "year_of_birth",
            "sex",
            "ethnicity",
            "fitzpatrick",
            "monk_tone",
            "language",
            "enrolled_on",
            "corrections",
        ]


class ParticipantFilter(django_filters.FilterSet):  # type: ignore[misc]
    site = django_filters.CharFilter("site__code")
    arm = django_filters.CharFilter(method="by_arm")
    state = django_filters.ChoiceFilter(choices=Participant.State.choices)

    def by_arm(
        self, queryset: QuerySet[Participant], name: str, value: str
    ) -> QuerySet[Participant]:
        """Participants in this arm; who may not know arms was refused before."""
        keys: set[int] = set()
        for study in Study.objects.filter(participants__in=queryset).distinct():
            keys |= set(in_arms(study, [value], user=self.request.user))
        return queryset.filter(pk__in=keys)


class _Participants(StudyResource):
    permission = Permission.PARTICIPANT_VIEW
    serializer_class = ParticipantSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        study = getattr(self, "study", None)  # neither is there while the schema is drawn
        user = getattr(getattr(self, "request", None), "user", None)
        if study is None or not isinstance(user, User):
            return {**context, "arms_at": ()}
        return {**context, "arms_at": sites_with_arms(user, study)}

    def rows(self, user: User) -> QuerySet[Participant]:
        asked = getattr(self, "request", None)
        if asked is not None and asked.GET.get("arm"):
            require_sees_arms(user, self.study)
        return (
            Participant.objects.visible_to(user)
            .filter(study=self.study, data_use=Participant.DataUse.FULL)
            .select_related("site", "allocation")
            .prefetch_related("corrections")
        )


class ParticipantList(_Participants, generics.ListAPIView[Participant]):
    """The participants at your sites."""

    filterset_class = ParticipantFilter


class ParticipantDetail(_Participants, generics.RetrieveAPIView[Participant]):
    """One participant by code."""

    lookup_field = "code"

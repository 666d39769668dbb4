"""The API of participants. Identities never leave by it."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import generics, serializers

from participants.people.models import Correction, Participant
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.api import StudyResource
from studies.protocol.services.rights import may_anywhere, refusal


class CorrectionSerializer(serializers.ModelSerializer[Correction]):
    """A value that was corrected: ``field`` names it, ``old`` and ``new`` are as they stood."""

    class Meta:
        model = Correction
        fields = ["field", "old", "new", "reason", "at"]


class ParticipantSerializer(serializers.ModelSerializer[Participant]):
    """A participant by code."""

    site = serializers.CharField(source="site.code")
    arm = serializers.CharField(
        source="arm.code",
        allow_null=True,
        default=None,
        help_text="Null without an arm, and for those who may not see arms.",
    )
    corrections = CorrectionSerializer(many=True, read_only=True)

    def to_representation(self, instance: Participant) -> dict[str, Any]:
        """Without the arm for those who may not see it."""
        shown: dict[str, Any] = super().to_representation(instance)
        if not self.context.get("arms", False):
            shown["arm"] = None
        return shown

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
    arm = django_filters.CharFilter("arm__code")
    state = django_filters.ChoiceFilter(choices=Participant.State.choices)


class _Participants(StudyResource):
    permission = Permission.PARTICIPANT_VIEW
    serializer_class = ParticipantSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        study = getattr(self, "study", None)  # neither is there while the schema is drawn
        user = getattr(getattr(self, "request", None), "user", None)
        arms = study is not None and isinstance(user, User) and self._arms(user)
        return {**context, "arms": arms}

    def _arms(self, user: User) -> bool:
        return may_anywhere(user, Permission.ARM_VIEW, study=self.study)

    def rows(self, user: User) -> QuerySet[Participant]:
        asked = getattr(self, "request", None)
        if asked is not None and asked.GET.get("arm") and not self._arms(user):
            raise refusal(Permission.ARM_VIEW, f"in study {self.study.code}")
        return (
            Participant.objects.visible_to(user)
            .filter(study=self.study, data_use=Participant.DataUse.FULL)
            .select_related("site", "arm")
            .prefetch_related("corrections")
        )


class ParticipantList(_Participants, generics.ListAPIView[Participant]):
    """The participants at your sites."""

    filterset_class = ParticipantFilter


class ParticipantDetail(_Participants, generics.RetrieveAPIView[Participant]):
    """One participant by code."""

    lookup_field = "code"

"""The API of participants. Identities never leave by it."""

import django_filters
from django.db.models import QuerySet
from rest_framework import generics, serializers

from participants.people.models import Participant
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.api import StudyResource


class ParticipantSerializer(serializers.ModelSerializer[Participant]):
    """A participant by code."""

    site = serializers.CharField(source="site.code")
    arm = serializers.CharField(source="arm.code", allow_null=True, default=None)

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
        ]


class ParticipantFilter(django_filters.FilterSet):  # type: ignore[misc]
    site = django_filters.CharFilter("site__code")
    arm = django_filters.CharFilter("arm__code")
    state = django_filters.ChoiceFilter(choices=Participant.State.choices)


class _Participants(StudyResource):
    permission = Permission.PARTICIPANT_VIEW
    serializer_class = ParticipantSerializer

    def rows(self, user: User) -> QuerySet[Participant]:
        return (
            Participant.objects.visible_to(user)
            .filter(study=self.study, data_use=Participant.DataUse.FULL)
            .select_related("site", "arm")
        )


class ParticipantList(_Participants, generics.ListAPIView[Participant]):
    """The participants at your sites."""

    filterset_class = ParticipantFilter


class ParticipantDetail(_Participants, generics.RetrieveAPIView[Participant]):
    """One participant by code."""

    lookup_field = "code"

"""The API of deviations."""

import django_filters
from django.db.models import QuerySet
from rest_framework import generics, serializers

from participants.deviations.models import Deviation
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.api import StudyResource


class DeviationSerializer(serializers.ModelSerializer[Deviation]):
    """A departure from the protocol; ``over_at``: since when it holds no longer, else null."""

    participant = serializers.CharField(source="participant.code")
    visit = serializers.CharField(source="visit.definition.code")

    class Meta:
        model = Deviation
        fields = ["participant", "visit", "kind", "detail", "at", "over_at"]


class DeviationFilter(django_filters.FilterSet):  # type: ignore[misc]
    participant = django_filters.CharFilter("participant__code")
    visit = django_filters.CharFilter("visit__definition__code")
    kind = django_filters.ChoiceFilter(choices=Deviation.Kind.choices)
    standing = django_filters.BooleanFilter("over_at", lookup_expr="isnull")


class DeviationList(StudyResource, generics.ListAPIView[Deviation]):
    """Departures from the protocol at the sites whose histories you may read."""

    permission = Permission.HISTORY_VIEW
    serializer_class = DeviationSerializer
    filterset_class = DeviationFilter

    def rows(self, user: User) -> QuerySet[Deviation]:
        return (
            Deviation.objects.visible_to(user)
            .filter(participant__study=self.study)
            .select_related("participant", "visit__definition")
        )

"""The API of visits."""

import django_filters
from django.db.models import QuerySet
from rest_framework import generics, serializers

from participants.people.models import Participant
from participants.visits.models import Visit
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.api import StudyResource


class VisitSerializer(serializers.ModelSerializer[Visit]):
    """One visit of one participant; ``opens_on`` and ``closes_on`` are inclusive.

    ``planned_on`` is the protocol's day, where ``scheduled_on`` may be another; null for an
    unscheduled visit. ``marked_missed``: a person said so. ``protocol_version``: the number of the
    version of the protocol that the visit is, or was, made under. ``repeat``: the first visit once
    more, to measure how far photos of unchanged skin differ.
    """

    participant = serializers.CharField(source="participant.code")
    visit = serializers.CharField(source="definition.code")
    visit_day = serializers.IntegerField(source="definition.day_offset")
    repeat = serializers.BooleanField(source="definition.repeat")

    class Meta:
        model = Visit
        fields = [
            "participant",
            "visit",
            "visit_day",
            "protocol_version",
            "repeat",
            "state",
            "scheduled_on",
            "planned_on",
            "marked_missed",
            "opens_on",
            "closes_on",
            "started_at",
            "completed_at",
        ]


class VisitFilter(django_filters.FilterSet):  # type: ignore[misc]
    participant = django_filters.CharFilter("participant__code")
    visit = django_filters.CharFilter("definition__code")
    state = django_filters.ChoiceFilter(choices=Visit.State.choices)


class VisitList(StudyResource, generics.ListAPIView[Visit]):
    """The visits of the participants at your sites."""

    permission = Permission.PARTICIPANT_VIEW
    serializer_class = VisitSerializer
    filterset_class = VisitFilter

    def rows(self, user: User) -> QuerySet[Visit]:
        return (
            Visit.objects.visible_to(user)
            .filter(participant__study=self.study, participant__data_use=Participant.DataUse.FULL)
            .select_related("participant", "definition")
        )

"""The API of participants, visits and photos. Identities never leave by it."""

from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from rest_framework import generics, serializers

from participants.models import Participant, Photo, Visit
from studies.api import StudyResource
from studies.models import User, View
from studies.permissions import Permission


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


class VisitSerializer(serializers.ModelSerializer[Visit]):
    """One visit of one participant; ``opens_on`` and ``closes_on`` are inclusive."""

    participant = serializers.CharField(source="participant.code")
    visit = serializers.CharField(source="definition.code")
    visit_day = serializers.IntegerField(source="definition.day_offset")

    class Meta:
        model = Visit
        fields = [
            "participant",
            "visit",
            "visit_day",
            "state",
            "scheduled_on",
            "opens_on",
            "closes_on",
            "started_at",
            "completed_at",
        ]


class PhotoSerializer(serializers.ModelSerializer[Photo]):
    """A photo without its pixels: those are for people to look at, on the pages."""

    participant = serializers.CharField(source="visit.participant.code")
    visit = serializers.CharField(source="visit.definition.code")

    class Meta:
        model = Photo
        fields = [
            "id",
            "participant",
            "visit",
            "view",
            "state",
            "sha256",
            "size",
            "format",
            "width",
            "height",
            "received_at",
            "taken_at",
            "camera_make",
            "camera_model",
            "capture",
            "late_arrival",
            "quality",
            "retake_reasons",
        ]


class ParticipantFilter(django_filters.FilterSet):  # type: ignore[misc]
    site = django_filters.CharFilter("site__code")
    arm = django_filters.CharFilter("arm__code")
    state = django_filters.ChoiceFilter(choices=Participant.State.choices)


class VisitFilter(django_filters.FilterSet):  # type: ignore[misc]
    participant = django_filters.CharFilter("participant__code")
    visit = django_filters.CharFilter("definition__code")
    state = django_filters.ChoiceFilter(choices=Visit.State.choices)


class PhotoFilter(django_filters.FilterSet):  # type: ignore[misc]
    participant = django_filters.CharFilter("visit__participant__code")
    visit = django_filters.CharFilter("visit__definition__code")
    view = django_filters.ChoiceFilter(choices=View.choices)
    state = django_filters.ChoiceFilter(choices=Photo.State.choices)
    received_after = django_filters.IsoDateTimeFilter("received_at", "gte")


class _Participants(StudyResource):
    permission = Permission.PARTICIPANT_VIEW
    serializer_class = ParticipantSerializer

    def rows(self, user: User) -> QuerySet[Participant]:
        return (
            Participant.objects.visible_to(user)
            .filter(study=self.study, use=Participant.Use.FULL)
            .select_related("site", "arm")
        )


class ParticipantList(_Participants, generics.ListAPIView[Participant]):
    """The participants at your sites."""

    filterset_class = ParticipantFilter


class ParticipantDetail(_Participants, generics.RetrieveAPIView[Participant]):
    """One participant by code."""

    lookup_field = "code"


class VisitList(StudyResource, generics.ListAPIView[Visit]):
    """The visits of the participants at your sites."""

    permission = Permission.PARTICIPANT_VIEW
    serializer_class = VisitSerializer
    filterset_class = VisitFilter

    def rows(self, user: User) -> QuerySet[Visit]:
        return (
            Visit.objects.visible_to(user)
            .filter(participant__study=self.study, participant__use=Participant.Use.FULL)
            .select_related("participant", "definition")
        )


class _Photos(StudyResource):
    permission: ClassVar[Permission] = Permission.PHOTO_VIEW
    serializer_class = PhotoSerializer

    def rows(self, user: User) -> QuerySet[Photo]:
        return (
            Photo.objects.visible_to(user)
            .filter(visit__participant__study=self.study)
            .select_related("visit__participant", "visit__definition")
        )


class PhotoList(_Photos, generics.ListAPIView[Photo]):
    """The photos of the participants at your sites."""

    filterset_class = PhotoFilter


class PhotoDetail(_Photos, generics.RetrieveAPIView[Photo]):
    """One photo by its id."""

    lookup_field = "id"
    lookup_url_kwarg = "photo"

"""The API of photos, without their pixels."""

from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from rest_framework import generics, serializers

from participants.capture.models import Photo
from participants.capture.services.flags import FLAGS
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.api import StudyResource
from studies.protocol.models import View


class PhotoSerializer(serializers.ModelSerializer[Photo]):
    """A photo without its pixels: those are for people to look at, on the pages."""

    participant = serializers.CharField(source="visit.participant.code")
    visit = serializers.CharField(source="visit.definition.code")
    flags = serializers.ListField(child=serializers.ChoiceField(list(FLAGS.items())))

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
            "taken_at_source",
            "exif_taken_at",
            "exif_offset",
            "exif_zone",
            "flags",
            "review",
            "camera_make",
            "camera_model",
            "capture",
            "late_arrival",
            "quality",
            "retake_reasons",
        ]


class PhotoFilter(django_filters.FilterSet):  # type: ignore[misc]
    participant = django_filters.CharFilter("visit__participant__code")
    visit = django_filters.CharFilter("visit__definition__code")
    view = django_filters.ChoiceFilter(choices=View.choices)
    state = django_filters.ChoiceFilter(choices=Photo.State.choices)
    received_after = django_filters.IsoDateTimeFilter("received_at", "gte")


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

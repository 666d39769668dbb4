"""The API of reading studies: closed ones, and what readers said."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.request import Request

from inference.reading.models import Reading, ReadingStudy, Scale
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.api import StudyResource, person


class GradeSerializer(serializers.Serializer[Any]):
    """A grade of a scale, from least to most; its value is its place, from 0."""

    label = serializers.CharField()  # type: ignore[assignment]
    descriptor = serializers.CharField()


class ScaleSerializer(serializers.ModelSerializer[Scale]):
    """What readers said of each case; ``primary`` is the coefficient reported first."""

    condition = serializers.CharField(source="condition_id", allow_null=True)
    grades = GradeSerializer(many=True)

    class Meta:
        model = Scale
        fields = [
            "code",
            "title",
            "question",
            "condition",
            "region",
            "kind",
            "grades",
            "primary",
            "adjudicate_beyond",
        ]


class ReadingStudySerializer(serializers.ModelSerializer[ReadingStudy]):
    """A closed reading study with its design and scales."""

    scales = ScaleSerializer(many=True)
    views = serializers.ListField(child=serializers.CharField())
    visits = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = ReadingStudy
        fields = [
            "code",
            "title",
            "shown",
            "views",
            "visits",
            "sample",
            "repeats_percent",
            "repeat_distance",
            "opened_at",
            "closed_at",
            "closing_reason",
            "scales",
        ]


class ReadingSerializer(serializers.ModelSerializer[Reading]):
    """What one reader said of one case: ``values`` by scale, or why it was unreadable.

    Readers have numbers, no names. ``photo_id`` is empty once the photo is erased.
    """

    case = serializers.IntegerField(source="turn.case.number")
    use = serializers.CharField(source="turn.case.use")
    participant = serializers.CharField(source="turn.case.participant.code")
    visit = serializers.CharField(source="turn.case.visit")
    view = serializers.CharField(source="turn.case.view")
    photo_id = serializers.SerializerMethodField()
    reader = serializers.IntegerField(source="turn.seat.number")
    is_repeat = serializers.BooleanField(source="turn.is_repeat")
    values = serializers.DictField(child=serializers.FloatField())
    active_s = serializers.SerializerMethodField(help_text="Seconds of work, pauses left out.")

    class Meta:
        model = Reading
        fields = [
            "case",
            "use",
            "participant",
            "visit",
            "view",
            "photo_id",
            "reader",
            "is_repeat",
            "values",
            "unreadable",
            "active_s",
            "saved_at",
        ]

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_photo_id(self, row: Reading) -> str | None:
        found = row.turn.case.second_id or row.turn.case.photo_id
        return str(found) if found else None

    def get_active_s(self, row: Reading) -> float:
        return row.active_ms / 1000


class ReadingFilter(django_filters.FilterSet):  # type: ignore[misc]
    participant = django_filters.CharFilter("turn__case__participant__code")
    visit = django_filters.CharFilter("turn__case__visit")
    reader = django_filters.NumberFilter("turn__seat__number")
    use = django_filters.CharFilter("turn__case__use")
    is_repeat = django_filters.BooleanFilter("turn__is_repeat")


class ReadingStudyList(StudyResource, generics.ListAPIView[ReadingStudy]):
    """The closed reading studies of a study."""

    permission = Permission.READING_VIEW
    serializer_class = ReadingStudySerializer

    def rows(self, user: User) -> "QuerySet[Any]":
        rows = ReadingStudy.objects.visible_to(user).filter(study=self.study, state="closed")
        return rows.prefetch_related("scales")


@extend_schema_view(get=extend_schema(operation_id="studies_readings_of_one_list"))
class ReadingList(StudyResource, generics.ListAPIView[Reading]):
    """What readers said in a closed reading study; what was taken back is left out."""

    permission = Permission.READING_VIEW
    serializer_class = ReadingSerializer
    filterset_class = ReadingFilter

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """A reading study that is not closed, or not visible, is not there."""
        super().initial(request, *args, **kwargs)
        seen = ReadingStudy.objects.visible_to(person(request)).filter(study=self.study)
        self.reading = get_object_or_404(seen, code=kwargs["reading"], state="closed")

    def rows(self, user: User) -> "QuerySet[Any]":
        rows = Reading.objects.visible_to(user).standing()
        return rows.filter(turn__seat__reading_study=self.reading).select_related(
            "turn__seat", "turn__case__participant"
        )

"""The API of scores and files."""

from functools import cached_property
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from inference.exports.services.exports import File
from inference.exports.views import csv_response
from inference.packages.models import ModelPackage
from inference.pipeline.grades import GRADES
from inference.scoring.models import Score
from inference.scoring.services.change import Change, Changes, smallest_changes
from inference.scoring.services.scores import (
    Counting,
    counting,
    current_scores,
    with_is_current,
)
from participants.capture.models import Photo
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.csv_files import DELIMITERS
from studies.platform.errors import NotFound
from studies.protocol.api import InStudy, StudyResource, person


class ScoreSerializer(serializers.ModelSerializer[Score]):
    """One condition in one region; severity is 0 to 100, higher is worse."""

    photo_id = serializers.UUIDField(source="run.photo_id")
    participant = serializers.CharField(source="run.photo.visit.participant.code")
    visit = serializers.CharField(source="run.photo.visit.definition.code")
    protocol_version = serializers.IntegerField(source="run.photo.visit.protocol_version")
    repeat = serializers.BooleanField(
        source="run.photo.visit.definition.repeat",
        help_text="The first visit's photos once more, to measure noise.",
    )
    view = serializers.CharField(source="run.photo.view")
    photo_state = serializers.ChoiceField(Photo.State.choices, source="run.photo.state")
    condition = serializers.CharField(source="condition_id")
    run_id = serializers.IntegerField()
    model_name = serializers.CharField(source="run.package.name")
    model_version = serializers.CharField(source="run.package.version")
    model_sha256 = serializers.CharField(source="run.model_sha256")
    recipe = serializers.CharField(source="run.recipe")
    runtime = serializers.CharField(source="run.runtime")
    demonstrator = serializers.BooleanField(source="run.package.demonstrator")
    model_retired = serializers.BooleanField(source="run.package.retired")
    is_current = serializers.BooleanField()
    probabilities = serializers.DictField(child=serializers.FloatField())
    smallest_change = serializers.SerializerMethodField(
        help_text="Points: what two severities of one person must differ by to be more than noise."
    )
    smallest_change_source = serializers.SerializerMethodField(
        help_text="Whose repeated photos that is from: study, card, or empty."
    )

    def _change(self, score: Score) -> Change | None:
        changes: Changes | None = self.context.get("changes")
        if changes is None or score.severity is None:
            return None
        return changes.of(score.run.package_id, score.condition_id, score.region)

    def get_smallest_change(self, score: Score) -> float | None:
        change = self._change(score)
        return round(change.points, 2) if change else None

    def get_smallest_change_source(self, score: Score) -> str:
        change = self._change(score)
        return change.source if change else ""

    class Meta:
        model = Score
        fields = [
            "photo_id",
            "participant",
            "visit",
            "protocol_version",
            "repeat",
            "view",
            "photo_state",
            "region",
            "condition",
            "grade",
            "severity",
            "severity_low",
            "severity_high",
            "smallest_change",
            "smallest_change_source",
            "probabilities",
            "regions_used",
            "not_assessable",
            "run_id",
            "model_name",
            "model_version",
            "model_sha256",
            "recipe",
            "runtime",
            "demonstrator",
            "model_retired",
            "is_current",
        ]


class ScoreFilter(django_filters.FilterSet):  # type: ignore[misc]
    participant = django_filters.CharFilter("run__photo__visit__participant__code")
    visit = django_filters.CharFilter("run__photo__visit__definition__code")
    photo = django_filters.UUIDFilter("run__photo")
    condition = django_filters.CharFilter("condition")
    region = django_filters.CharFilter("region")
    grade = django_filters.ChoiceFilter(choices=[(grade, grade) for grade in GRADES])
    current = django_filters.BooleanFilter(method="only_current")

    def only_current(self, scores: QuerySet[Score], name: str, wanted: bool) -> QuerySet[Score]:
        """``current=true`` leaves the scores of the study's primary model; ``false`` leaves all."""
        view: ScoreList = self.request.parser_context["view"]
        return current_scores(scores, view.study.pk, now=view.now) if wanted else scores


class ScoreList(StudyResource, generics.ListAPIView[Score]):
    """Scores of the photos at your sites."""

    permission = Permission.SCORE_VIEW
    serializer_class = ScoreSerializer
    filterset_class = ScoreFilter

    @cached_property
    def now(self) -> Counting:
        """Whose scores count in the study: the same for the rows and for what narrows them."""
        return counting(self.study.pk)

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if getattr(self, "swagger_fake_view", False):  # the schema is drawn without a study
            return context
        packages = ModelPackage.objects.only("card").filter(studies__study=self.study).distinct()
        return {**context, "changes": smallest_changes(self.study, packages)}

    def rows(self, user: User) -> QuerySet[Score]:
        scores = Score.objects.visible_to(user).filter(
            run__photo__visit__participant__study=self.study, run__state="done"
        )
        return with_is_current(scores, self.study.pk, now=self.now).select_related(
            "run__package", "run__photo__visit__participant", "run__photo__visit__definition"
        )


class AnyType(DefaultContentNegotiation):
    """The answer is a file whatever the client says it accepts."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


def _many(name: str) -> OpenApiParameter:
    return OpenApiParameter(
        name, str, many=True, description=f"Code: only rows of this {name}; repeatable."
    )


class ExportFile(InStudy):
    """A file of the export as CSV: ``long``, ``wide`` or ``codebook``; the act is recorded."""

    permission = Permission.EXPORT
    content_negotiation_class = AnyType

    @extend_schema(
        operation_id="studies_export_file",
        responses={(200, "text/csv"): OpenApiTypes.STR},
        parameters=[
            OpenApiParameter("file", str, OpenApiParameter.PATH, enum=[f.value for f in File]),
            *(_many(name) for name in ("site", "arm", "visit", "condition")),
            OpenApiParameter(
                "received_from",
                OpenApiTypes.DATE,
                description="First day of photos, in the study's time zone; visits without an "
                "accepted photo of these days are left out.",
            ),
            OpenApiParameter("received_to", OpenApiTypes.DATE, description="Last day of photos."),
            OpenApiParameter("current_only", bool),
            OpenApiParameter("whole_face_only", bool),
            OpenApiParameter(
                "turned_down", bool, description="Also scores of photos turned down since."
            ),
            OpenApiParameter(
                "demographics",
                bool,
                description="Also sex, year of birth, ethnicity and skin tones in the long file.",
            ),
            OpenApiParameter(
                "delimiter",
                str,
                enum=list(DELIMITERS),
                description="semicolon writes numbers with a decimal comma, the others with a "
                "point.",
            ),
            OpenApiParameter("bom", bool),
        ],
    )
    def get(self, request: Request, study: str, file: str) -> HttpResponseBase:
        if file not in [f.value for f in File]:
            raise NotFound("There is no such file; there are long, wide and codebook.")
        inner: HttpRequest = request._request
        return csv_response(self.study, File(file), inner.GET, by=person(request))

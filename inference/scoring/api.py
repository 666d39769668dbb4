"""The API of a study's models and rescores."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import generics, serializers

from inference.packages.models import StudyModel
from inference.scoring.models import Rescore
from inference.scoring.services.rescores import progress
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.api import StudyResource, person


class StudyModelSerializer(serializers.ModelSerializer[StudyModel]):
    """A package in use in the study, now or before; the primary's scores are the current ones."""

    name = serializers.CharField(source="package.name")
    version = serializers.CharField(source="package.version")
    sha256 = serializers.CharField(source="package.sha256")
    demonstrator = serializers.BooleanField(source="package.demonstrator")

    class Meta:
        model = StudyModel
        fields = [
            "name",
            "version",
            "sha256",
            "demonstrator",
            "primary",
            "activated_at",
            "deactivated_at",
        ]


class StudyModelList(StudyResource, generics.ListAPIView[StudyModel]):
    """What the study scores and has scored with."""

    permission = Permission.MODEL_VIEW
    serializer_class = StudyModelSerializer

    def rows(self, user: User) -> QuerySet[StudyModel]:
        return StudyModel.objects.filter(study=self.study).select_related("package")


class RescoreSerializer(serializers.ModelSerializer[Rescore]):
    """Scoring the study's photos again; counts are of the photos at your sites."""

    name = serializers.CharField(source="package.name")
    version = serializers.CharField(source="package.version")
    sha256 = serializers.CharField(source="package.sha256")
    state = serializers.SerializerMethodField()
    scored = serializers.SerializerMethodField()
    failed = serializers.SerializerMethodField()
    waiting = serializers.SerializerMethodField()

    class Meta:
        model = Rescore
        fields = [
            "id",
            "name",
            "version",
            "sha256",
            "reason",
            "created_at",
            "finished_at",
            "stopped_at",
            "state",
            "scored",
            "failed",
            "waiting",
        ]

    def to_representation(self, instance: Rescore) -> dict[str, Any]:
        self._progress = progress(rescore=instance, user=person(self.context["request"]))
        return super().to_representation(instance)

    @extend_schema_field(
        serializers.ChoiceField(choices=["running", "stopped", "done", "quarantined"])
    )
    def get_state(self, rescore: Rescore) -> str:
        return self._progress.state

    def get_scored(self, rescore: Rescore) -> int:
        return self._progress.scored

    def get_failed(self, rescore: Rescore) -> int:
        return self._progress.failed

    def get_waiting(self, rescore: Rescore) -> int:
        return self._progress.waiting


class RescoreList(StudyResource, generics.ListAPIView[Rescore]):
    """Scoring the study's photos again: under way, done, stopped."""

    permission = Permission.MODEL_VIEW
    serializer_class = RescoreSerializer

    def rows(self, user: User) -> QuerySet[Rescore]:
        rescores = Rescore.objects.visible_to(user).filter(study=self.study)
        return rescores.select_related("package", "study")

"""The API of model packages, of what a study scores with, and of scoring again."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import generics, serializers

from inference.models import ModelPackage, Rescore, StudyModel
from inference.services.reports import report_of
from inference.services.rescores import progress
from studies.api import Pages, StudyResource, person
from studies.models import User
from studies.permissions import Permission


class PackageSerializer(serializers.ModelSerializer[ModelPackage]):
    """A registered model package; its scores name it by ``sha256``."""

    retired_because = serializers.CharField(read_only=True)

    class Meta:
        model = ModelPackage
        fields = [
            "sha256",
            "name",
            "version",
            "state",
            "demonstrator",
            "recipe",
            "size",
            "registered_at",
            "retired_at",
            "retired_because",
        ]


class PackageDetailSerializer(PackageSerializer):
    card = serializers.DictField(help_text="The model card, as the file carries it.")
    report = serializers.SerializerMethodField(help_text="The evaluation report, if there is one.")

    class Meta(PackageSerializer.Meta):
        fields = [*PackageSerializer.Meta.fields, "card", "report"]

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_report(self, package: ModelPackage) -> dict[str, Any] | None:
        return report_of(package)


class PackageList(generics.ListAPIView[ModelPackage]):
    """Every model package, retired ones too."""

    serializer_class = PackageSerializer
    pagination_class = Pages
    queryset = ModelPackage.objects.none()

    def get_queryset(self) -> QuerySet[ModelPackage]:
        if getattr(self, "swagger_fake_view", False):
            return ModelPackage.objects.none()
        return ModelPackage.objects.visible_to(person(self.request))


class PackageDetail(generics.RetrieveAPIView[ModelPackage]):
    """A model package with its card and its evaluation report."""

    serializer_class = PackageDetailSerializer
    queryset = ModelPackage.objects.none()
    lookup_field = "sha256"

    def get_queryset(self) -> QuerySet[ModelPackage]:
        if getattr(self, "swagger_fake_view", False):
            return ModelPackage.objects.none()
        return ModelPackage.objects.visible_to(person(self.request))


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
        found = Rescore.objects.visible_to(user).filter(study=self.study)
        return found.select_related("package", "study")

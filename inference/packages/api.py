"""The API of model packages."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import generics, serializers

from inference.packages.models import ModelPackage
from inference.packages.services.reports import report_of
from studies.protocol.api import Pages, person


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

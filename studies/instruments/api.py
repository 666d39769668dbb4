"""The API of instruments: what is published, with its versions. It reads only."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import generics, serializers

from studies.access.models import User
from studies.access.permissions import Permission
from studies.instruments.models import Instrument, InstrumentVersion
from studies.protocol.api import StudyResource


class VersionSerializer(serializers.ModelSerializer[InstrumentVersion]):
    """A version without its content, which the files hold."""

    class Meta:
        model = InstrumentVersion
        fields = [
            "number",
            "state",
            "source",
            "source_name",
            "source_sha256",
            "sha256",
            "applies_to",
            "imported_at",
            "published_at",
            "superseded_at",
        ]


class InstrumentSerializer(serializers.ModelSerializer[Instrument]):
    versions = VersionSerializer(many=True, read_only=True)

    class Meta:
        model = Instrument
        fields = ["code", "title", "versions"]


class InstrumentList(StudyResource, generics.ListAPIView[Instrument]):
    """The study's instruments with their versions."""

    permission = Permission.STUDY_VIEW
    serializer_class = InstrumentSerializer

    def rows(self, user: User) -> "QuerySet[Any]":
        rows = Instrument.objects.visible_to(user).filter(study=self.study)
        return rows.prefetch_related("versions")


class InstrumentDetail(StudyResource, generics.RetrieveAPIView[Instrument]):
    """One instrument with its versions."""

    permission = Permission.STUDY_VIEW
    serializer_class = InstrumentSerializer
    lookup_field = "code"

    def rows(self, user: User) -> "QuerySet[Any]":
        rows = Instrument.objects.visible_to(user).filter(study=self.study)
        return rows.prefetch_related("versions")

    def get_object(self) -> Instrument:
        instrument: Instrument = get_object_or_404(self.get_queryset(), code=self.kwargs["code"])
        return instrument

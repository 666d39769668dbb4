"""The API of studies, and what every resource below a study shares.

The API reads; acts that change data go through the pages, where people see what they confirm. Only
queries are raised and settled by programs, too (``participants.queries.api``), and alerts
acknowledged (``participants.answers.api``): they change no data.
Rights are the same as on the pages: querysets by ``visible_to``, 404 for what is not visible, 403
where a role lacks the right.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import generics, serializers
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.views import APIView

from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.protocol.models import Arm, Condition, Site, Study, VisitDefinition
from studies.protocol.services.rights import may_anywhere, refusal, rests


class Pages(CursorPagination):
    """Pages of 100 by primary key; ``next`` and ``previous`` are addresses."""

    page_size = 100
    max_page_size = 500
    page_size_query_param = "page_size"
    ordering: Any = "pk"


def person(request: Request) -> User:
    """The person whose token or session was sent."""
    assert isinstance(request.user, User)  # noqa: S101 - IsAuthenticated ran before
    return request.user


class InStudy(APIView):
    """Something of one study, for those who hold ``permission`` in it."""

    permission: ClassVar[Permission]
    study: Study

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Find the study and ask for the right before anything is read.

        Raises:
            Http404: no such study, or not visible to the person.
            NotAllowed: the study is visible but the right is not held at any of its sites.
        """
        super().initial(request, *args, **kwargs)
        by: Actor = person(request)
        self.study = get_object_or_404(
            Study.objects.visible_to(person(request)), code=kwargs["study"]
        )
        if not may_anywhere(by, self.permission, study=self.study):
            raise refusal(
                self.permission, f"in study {self.study.code}", resting=rests(by, self.study)
            )


class StudyResource(InStudy, generics.GenericAPIView[Any], ABC):
    """Rows of one study, as the person may see them."""

    pagination_class = Pages

    @abstractmethod
    def rows(self, user: User) -> "QuerySet[Any]":
        """The rows of the study that ``user`` may see."""

    def get_queryset(self) -> "QuerySet[Any]":
        if getattr(self, "swagger_fake_view", False):
            return self._schema_queryset()
        return self.rows(person(self.request))

    def _schema_queryset(self) -> "QuerySet[Any]":
        serializer = self.get_serializer_class()
        model: type[Model] = serializer.Meta.model  # type: ignore[attr-defined]
        return model._default_manager.none()


class SiteSerializer(serializers.ModelSerializer[Site]):
    class Meta:
        model = Site
        fields = ["code", "name", "country", "time_zone", "enrolment_target"]


class ArmSerializer(serializers.ModelSerializer[Arm]):
    class Meta:
        model = Arm
        fields = ["code", "name"]


class VisitDefinitionSerializer(serializers.ModelSerializer[VisitDefinition]):
    views = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = VisitDefinition
        fields = ["code", "name", "day_offset", "window_before", "window_after", "views"]


class ConditionSerializer(serializers.ModelSerializer[Condition]):
    class Meta:
        model = Condition
        fields = ["code", "name", "description"]


class StudySerializer(serializers.ModelSerializer[Study]):
    class Meta:
        model = Study
        fields = [
            "code",
            "title",
            "summary",
            "sponsor",
            "state",
            "time_zone",
            "quality_profile",
            "photo_review",
            "repeat_captures",
            "masking",
            "query_days",
        ]


class StudyDetailSerializer(StudySerializer):
    sites = SiteSerializer(many=True)
    arms = ArmSerializer(many=True)
    visits = VisitDefinitionSerializer(many=True, source="visit_definitions")
    conditions = ConditionSerializer(many=True)

    class Meta(StudySerializer.Meta):
        fields = [*StudySerializer.Meta.fields, "sites", "arms", "visits", "conditions"]


class StudyList(generics.ListAPIView[Study]):
    """The studies you belong to."""

    serializer_class = StudySerializer
    pagination_class = Pages
    queryset = Study.objects.none()

    def get_queryset(self) -> QuerySet[Study]:
        if getattr(self, "swagger_fake_view", False):
            return Study.objects.none()
        return Study.objects.visible_to(person(self.request))


class StudyDetail(InStudy, generics.RetrieveAPIView[Study]):
    """A study with its sites, arms, visits and conditions."""

    permission = Permission.STUDY_VIEW
    serializer_class = StudyDetailSerializer
    queryset = Study.objects.none()  # the study itself was found on the way in

    def get_object(self) -> Study:
        return self.study

"""The API of answers: what counts, question by question. It reads only."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import generics, serializers

from participants.answers.models import Submission
from participants.answers.services.contents import content_of
from participants.answers.services.exporting import by_question
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.api import StudyResource


class SubmissionSerializer(serializers.ModelSerializer[Submission]):
    """A form that was submitted and counts, with its newest answers by question."""

    participant = serializers.CharField(source="participant.code")
    site = serializers.CharField(source="participant.site.code")
    questionnaire = serializers.CharField(source="assignment.code")
    version = serializers.IntegerField(source="version.number")
    visit = serializers.CharField(source="visit.definition.code", default=None)
    revision = serializers.IntegerField(source="latest.number")
    filled_at = serializers.DateTimeField(source="latest.filled_at")
    filled_by = serializers.CharField(source="latest.by_kind")
    answers = serializers.SerializerMethodField(
        help_text="Question → answer; in a repeat name_1, name_2. Several choices by spaces."
    )

    class Meta:
        model = Submission
        fields = [
            "participant",
            "site",
            "questionnaire",
            "version",
            "visit",
            "day",
            "number",
            "state",
            "revision",
            "filled_at",
            "filled_by",
            "answers",
        ]

    def get_answers(self, row: Submission) -> dict[str, str]:
        content = content_of(row.latest, row.participant)
        return by_question(row.version.form, content.answers)


class SubmissionFilter(django_filters.FilterSet):  # type: ignore[misc]
    participant = django_filters.CharFilter("participant__code")
    questionnaire = django_filters.CharFilter("assignment__code")
    visit = django_filters.CharFilter("visit__definition__code")
    state = django_filters.ChoiceFilter(choices=[("submitted", ""), ("corrected", "")])


class SubmissionList(StudyResource, generics.ListAPIView[Submission]):
    """Answers that count, of the participants whose answers you may see."""

    permission = Permission.ANSWER_VIEW
    serializer_class = SubmissionSerializer
    filterset_class = SubmissionFilter

    def rows(self, user: User) -> "QuerySet[Any]":
        rows = Submission.objects.visible_to(user).counted()
        return rows.filter(participant__study=self.study).select_related(
            "participant__site", "assignment", "version", "visit__definition"
        )

"""The API of rules that raise alerts: as the protocol has them. It reads only."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import generics, serializers

from studies.access.models import User
from studies.access.permissions import Permission
from studies.assignments.models import AlertRule
from studies.protocol.api import StudyResource


class AlertRuleSerializer(serializers.ModelSerializer[AlertRule]):
    """When answers to a questionnaire raise an alert, what it says, and who is told."""

    questionnaire = serializers.CharField(source="assignment.code")
    told = serializers.ListField(
        child=serializers.ChoiceField(choices=AlertRule.Told.choices),
        help_text="Roles at the participant's site; where nobody holds one, the managers.",
    )

    class Meta:
        model = AlertRule
        fields = ["questionnaire", "code", "expression", "words", "told", "ended_at"]


class AlertRuleFilter(django_filters.FilterSet):  # type: ignore[misc]
    questionnaire = django_filters.CharFilter("assignment__code")
    ended = django_filters.BooleanFilter("ended_at", lookup_expr="isnull", exclude=True)


class AlertRuleList(StudyResource, generics.ListAPIView[AlertRule]):
    """The rules of the study, those that were ended too."""

    permission = Permission.STUDY_VIEW
    serializer_class = AlertRuleSerializer
    filterset_class = AlertRuleFilter

    def rows(self, user: User) -> "QuerySet[Any]":
        rows = AlertRule.objects.visible_to(user).filter(assignment__study=self.study)
        return rows.select_related("assignment")

"""The API of answers: what counts, question by question; and of alerts, which are acknowledged."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from participants.answers.models import LONGEST_NOTE, Alert, Submission
from participants.answers.services import alerts
from participants.answers.services.contents import content_of
from participants.answers.services.exporting import by_question
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.seen import Seen
from studies.protocol.api import StudyResource, person
from studies.protocol.services.rights import require


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


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """What a rule of the protocol has to say about the answers of one form; never an answer."""

    participant = serializers.CharField(source="submission.participant.code")
    site = serializers.CharField(source="submission.participant.site.code")
    questionnaire = serializers.CharField(source="submission.assignment.code")
    place = serializers.CharField(help_text="Of the form in an address: visit, day or number.")
    rule = serializers.CharField(source="rule.code")
    state = serializers.ChoiceField(
        choices=Alert.State.choices,
        source="standing",
        help_text="Struck through: its answers were, so that it waits no longer.",
    )
    acknowledged_by = serializers.CharField(source="acknowledged_by.name", default="")

    class Meta:
        model = Alert
        fields = [
            "id",
            "participant",
            "site",
            "questionnaire",
            "place",
            "rule",
            "words",
            "sure",
            "revision",
            "state",
            "raised_at",
            "corrected_at",
            "acknowledged_at",
            "acknowledged_by",
            "note",
        ]


class AcknowledgedSerializer(serializers.Serializer[Any]):
    """What was done; ``revision``, where it is sent, is that of the answers the sender has read."""

    note = serializers.CharField(max_length=LONGEST_NOTE)
    revision = serializers.IntegerField(required=False)


class AlertFilter(django_filters.FilterSet):  # type: ignore[misc]
    participant = django_filters.CharFilter("submission__participant__code")
    site = django_filters.CharFilter("submission__participant__site__code")
    questionnaire = django_filters.CharFilter("submission__assignment__code")
    rule = django_filters.CharFilter("rule__code")
    waiting = django_filters.BooleanFilter(method="only_waiting")

    def only_waiting(self, rows: Any, _name: str, value: bool) -> Any:
        """Those that wait to be acknowledged, or the others."""
        waiting = Alert.objects.waiting().values("pk")
        return rows.filter(pk__in=waiting) if value else rows.exclude(pk__in=waiting)


class _Alerts(StudyResource, generics.GenericAPIView[Alert]):
    permission = Permission.ANSWER_VIEW
    serializer_class = AlertSerializer

    def rows(self, user: User) -> "QuerySet[Any]":
        rows = Alert.objects.visible_to(user).filter(submission__participant__study=self.study)
        whose = "submission__participant__site", "submission__participant__study"
        return rows.select_related(*alerts.SHOWN, *whose, "rule", "acknowledged_by")

    def one(self) -> Alert:
        """The alert that the address names."""
        row: Alert = get_object_or_404(self.rows(person(self.request)), pk=self.kwargs["pk"])
        return row


class AlertList(_Alerts, generics.ListAPIView[Alert]):
    """Alerts that answers raised, of the participants whose answers you may see."""

    filterset_class = AlertFilter


class AlertDetail(_Alerts):
    """One alert."""

    @extend_schema(responses=AlertSerializer)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(AlertSerializer(self.one()).data)


class AlertAcknowledge(_Alerts):
    """Say what was done about an alert; it waits no longer."""

    permission = Permission.ALERT_ACKNOWLEDGE

    @extend_schema(request=AcknowledgedSerializer, responses=AlertSerializer)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        alert, by = self.one(), person(request)
        whose = alert.submission.participant
        # Before what was sent is read.
        require(by, Permission.ALERT_ACKNOWLEDGE, study=whose.study, site=whose.site)
        sent = AcknowledgedSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        read = sent.validated_data.get("revision")
        seen = None if read is None else Seen.of({"revision": read})
        alerts.acknowledge_alert(alert=alert, note=sent.validated_data["note"], by=by, seen=seen)
        return Response(AlertSerializer(self.one()).data)

"""The API of queries: read, raised, answered, closed and reopened, as on the pages."""

from abc import abstractmethod
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from participants.people.models import Participant
from participants.queries.models import LONGEST, Query, QueryEntry
from participants.queries.places import RELATED, find_place, place_of, told
from participants.queries.services import asking
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.seen import Seen
from studies.protocol.api import StudyResource, person
from studies.protocol.services.rights import may_anywhere, refusal, require


class EntrySerializer(serializers.ModelSerializer[QueryEntry]):
    """What was done and said; ``by`` is empty where the product did it."""

    by = serializers.CharField(source="by.name", default="")

    class Meta:
        model = QueryEntry
        fields = ["number", "act", "text", "at", "by"]


class QuerySerializer(serializers.ModelSerializer[Query]):
    """A query with its thread; ``place`` says in words what it is about."""

    participant = serializers.CharField(source="participant.code", read_only=True)
    site = serializers.CharField(source="participant.site.code", read_only=True)
    questionnaire = serializers.CharField(source="form", read_only=True)
    visit = serializers.CharField(
        source="visit.definition.code", default=None, allow_null=True, read_only=True
    )
    edit_check = serializers.CharField(source="check_code", read_only=True)
    age_days = serializers.IntegerField(source="age", read_only=True)
    overdue = serializers.BooleanField(read_only=True)
    place = serializers.SerializerMethodField()
    entries = EntrySerializer(many=True, read_only=True)

    class Meta:
        model = Query
        fields = [
            "participant",
            "site",
            "number",
            "state",
            "about",
            "place",
            "questionnaire",
            "visit",
            "photo",
            "region",
            "field",
            "edit_check",
            "raised_at",
            "answered_at",
            "closed_at",
            "due_on",
            "age_days",
            "overdue",
            "entries",
        ]

    def get_place(self, row: Query) -> str:
        return told(place_of(row)).words


class RaisedSerializer(serializers.Serializer[Any]):
    """A new query: what it is about (as the page's address names it), and the words."""

    participant = serializers.CharField(help_text="Their code.")
    about = serializers.ChoiceField(choices=Query.About.choices)
    at = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        help_text="Of an answer skin/week-4 (form and place), of a photo its id, of a visit its "
        "code, of a consent its number.",
    )
    field = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        help_text="The question's path, the detail's name, or the criterion's code.",
    )
    text = serializers.CharField(max_length=LONGEST)
    request_id = serializers.UUIDField(required=False, help_text="Sent twice, it counts once.")


class SaidSerializer(serializers.Serializer[Any]):
    """What is said; ``entries``, where it is sent, is how many entries the sender has read."""

    text = serializers.CharField(max_length=LONGEST, required=False, default="", allow_blank=True)
    entries = serializers.IntegerField(required=False)
    request_id = serializers.UUIDField(required=False, help_text="Sent twice, it counts once.")


class QueryFilter(django_filters.FilterSet):  # type: ignore[misc]
    participant = django_filters.CharFilter("participant__code")
    site = django_filters.CharFilter("participant__site__code")
    state = django_filters.ChoiceFilter(choices=Query.State.choices)
    about = django_filters.ChoiceFilter(choices=Query.About.choices)
    edit_check = django_filters.CharFilter("check_code")
    raised_before = django_filters.IsoDateTimeFilter("raised_at", lookup_expr="lt")


class _Queries(StudyResource, generics.GenericAPIView[Query]):
    permission = Permission.QUERY_VIEW
    serializer_class = QuerySerializer

    def rows(self, user: User) -> "QuerySet[Any]":
        rows = Query.objects.visible_to(user).filter(participant__study=self.study)
        return rows.select_related(*RELATED).prefetch_related("entries__by")

    def one(self) -> Query:
        """The query that the address names."""
        named = {"participant__code": self.kwargs["code"], "number": self.kwargs["number"]}
        row: Query = get_object_or_404(self.rows(person(self.request)), **named)
        return row

    def shown(self, row: Query, status: int = 200) -> Response:
        """``row`` as it stands now."""
        again = self.rows(person(self.request)).get(pk=row.pk)
        return Response(QuerySerializer(again).data, status=status)


class QueryList(_Queries, generics.ListAPIView[Query]):
    """Queries about the participants, and the data, that you may see."""

    filterset_class = QueryFilter

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Whoever sends one has to be allowed to raise it somewhere, before it is read."""
        super().initial(request, *args, **kwargs)
        raises = may_anywhere(person(request), Permission.QUERY_RAISE, study=self.study)
        if request.method == "POST" and not raises:
            raise refusal(Permission.QUERY_RAISE, f"in study {self.study.code}")

    @extend_schema(request=RaisedSerializer, responses={201: QuerySerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Raise a query."""
        by = person(request)
        people = Participant.objects.visible_to(by).filter(study=self.study)
        sent = RaisedSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        told_values = dict(sent.validated_data)
        code = told_values.pop("participant")
        who = get_object_or_404(people.select_related("study", "site"), code=code)
        where = {name: told_values.pop(name) for name in ("about", "at", "field")}
        place = find_place(who, **where, by=by)
        return self.shown(asking.raise_query(place=place, by=by, **told_values), 201)


class QueryDetail(_Queries):
    """One query with its thread."""

    @extend_schema(responses=QuerySerializer)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.shown(self.one())


class _Act(_Queries):
    """An act on one query; refused where somebody else was faster than the sender's reading."""

    def allow(self, row: Query, by: User) -> None:
        """Refuse who may not, before what was sent is read."""
        asking.require_settle(row, by=by)

    @abstractmethod
    def act(self, row: Query, by: User, said: dict[str, Any]) -> Query:
        """Do it."""

    @extend_schema(request=SaidSerializer, responses=QuerySerializer)
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row, by = self.one(), person(request)
        self.allow(row, by)
        sent = SaidSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        said = dict(sent.validated_data)
        read = said.pop("entries", None)
        said["seen"] = None if read is None else Seen.of({"entries": read})
        return self.shown(self.act(row, by, said))


class QueryAnswer(_Act):
    """Answer a query."""

    permission = Permission.QUERY_ANSWER

    def allow(self, row: Query, by: User) -> None:
        where = row.participant
        require(by, Permission.QUERY_ANSWER, study=where.study, site=where.site)

    def act(self, row: Query, by: User, said: dict[str, Any]) -> Query:
        return asking.answer_query(query=row, by=by, **said)


class QueryClose(_Act):
    """Close a query; with a word on why, where nobody has answered it."""

    permission = Permission.QUERY_RAISE  # who may close others' may raise their own

    def act(self, row: Query, by: User, said: dict[str, Any]) -> Query:
        return asking.close_query(query=row, by=by, **said)


class QueryReopen(_Act):
    """Reopen a query, and say why."""

    permission = Permission.QUERY_RAISE

    def act(self, row: Query, by: User, said: dict[str, Any]) -> Query:
        return asking.reopen_query(query=row, by=by, **said)

"""The API of source verification: reads what was verified, never a value."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import generics, serializers

from participants.verification.models import Tick
from participants.verification.services.files import standings
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.api import StudyResource


class TickSerializer(serializers.ModelSerializer[Tick]):
    """A field that a monitor verified; ``ended_at``: since when that holds no longer, else null."""

    participant = serializers.CharField(source="participant.code")
    site = serializers.CharField(source="participant.site.code")
    by = serializers.CharField(source="by.name")
    standing = serializers.SerializerMethodField(
        help_text="verified, changed (since it was verified), renewed or taken_back."
    )

    def get_standing(self, tick: Tick) -> str:
        """How it stands now, worked out for the page."""
        known: dict[int, str] = self.context.get("standings", {})
        return known.get(tick.pk, "")

    class Meta:
        model = Tick
        fields = [
            "participant",
            "site",
            "part",
            "field",
            "standing",
            "at",
            "by",
            "ended_at",
            "ended_reason",
        ]


class TickFilter(django_filters.FilterSet):  # type: ignore[misc]
    participant = django_filters.CharFilter("participant__code")
    site = django_filters.CharFilter("participant__site__code")
    part = django_filters.CharFilter("part")
    ended = django_filters.BooleanFilter("ended_at", lookup_expr="isnull", exclude=True)


class TickList(StudyResource, generics.ListAPIView[Tick]):
    """What was verified against the source at your sites."""

    permission = Permission.VERIFICATION_VIEW
    serializer_class = TickSerializer
    filterset_class = TickFilter

    def rows(self, user: User) -> QuerySet[Tick]:
        related = Tick.objects.visible_to(user).filter(participant__study=self.study)
        return related.select_related("participant__site", "participant__study", "by")

    def paginate_queryset(self, queryset: Any) -> Any:
        """The page, with how each tick of it stands."""
        self.page_ticks = super().paginate_queryset(queryset) or []
        return self.page_ticks

    def get_serializer_context(self) -> dict[str, Any]:
        ticks = list(getattr(self, "page_ticks", []))
        return {**super().get_serializer_context(), "standings": standings(ticks) if ticks else {}}

"""Who asks what waits, of which study and site and when; and the rows it is found among."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Self

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from participants.answers.models import Alert, SeriousEvent, Submission
from participants.answers.services.waiting import asked_in
from participants.capture.models import Photo, PhotoCheck
from participants.messaging.models import Message
from participants.people.models import Participant
from participants.privacy.models import DataRequest
from participants.queries.models import Query
from participants.queries.places import RELATED as QUERY_RELATED
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.access.models import Membership, User, is_blinded, scope
from studies.access.permissions import ROLE_PERMISSIONS, Permission, Role
from studies.assignments.models import Assignment
from studies.protocol.models import Site, Study


@dataclass(frozen=True)
class Asked:
    """A question of what waits: ``on`` is a date in the study's zone; ``site`` narrows it.

    ``days`` say what day it is at each site.
    """

    study: Study
    user: User
    on: date
    days: visits.Days
    now: datetime
    site: Site | None = None

    @classmethod
    def today(cls, study: Study, user: User, site: Site | None = None) -> Self:
        """What waits for ``user`` now."""
        days = visits.days_here(study)
        return cls(study, user, days.usual, days, timezone.now(), site)

    @property
    def under_way(self) -> bool:
        """Whether participants are still to do anything."""
        return self.study.state == Study.State.ACTIVE

    @cached_property
    def questionnaires(self) -> list[Assignment]:
        """What is asked at visits and on days of its own; none where nobody is to do anything."""
        return asked_in(self.study) if self.under_way else []

    @cached_property
    def _held(self) -> list[tuple[str, int | None]]:
        if not self.user.is_active or is_blinded(self.user, self.study):
            return []
        held = Membership.objects.current().filter(user=self.user, study=self.study)
        return list(held.values_list("role", "site"))

    def may(self, permission: Permission, site: int) -> bool:
        """Whether the person holds ``permission`` at the site of this key; one query for all."""
        return any(
            at in (None, site) and permission in ROLE_PERMISSIONS[Role(role)]
            for role, at in self._held
        )


def _photos() -> QuerySet[Photo]:
    """With ``asked_at``: when it was turned down, by a person or by the check."""
    checked = PhotoCheck.objects.filter(photo=OuterRef("pk")).values("finished_at")[:1]
    asked = Coalesce("reviewed_at", Subquery(checked), "received_at")
    wanted = Q(state=Photo.State.RETAKE_WANTED) | Q(review=Photo.Review.WAITING)
    return Photo.objects.in_use().filter(wanted).annotate(asked_at=asked)


@dataclass(frozen=True)
class Source:
    """Rows of one table: how they lead to their participant, and what a line of them needs."""

    rows: Callable[[], QuerySet[Any]]
    participant: str  # the lookup; empty: they are participants
    related: tuple[str, ...]

    def _path(self, name: str) -> str:
        return f"{self.participant}__{name}" if self.participant else name

    def of(self, asked: Asked) -> QuerySet[Any]:
        """The rows of the study, and of the site where one is asked for; rights not yet asked."""
        rows = self.rows().filter(**{self._path("study"): asked.study})
        return rows if asked.site is None else rows.filter(**{self._path("site"): asked.site})

    def seen(self, asked: Asked, permission: Permission) -> Q:
        """A filter of those that the person may see with ``permission``."""
        study, site = self._path("study"), self._path("site")
        return scope(asked.user, permission, study=study, site=site)


SOURCES: dict[str, Source] = {
    "visits": Source(
        lambda: Visit.objects.counted(), "participant", ("participant__site", "definition")
    ),
    "forms": Source(
        lambda: Visit.objects.prefetch_related("submissions"),
        "participant",
        ("participant__site", "participant__study", "definition"),
    ),
    "photos": Source(
        _photos, "visit__participant", ("visit__participant__site", "visit__definition")
    ),
    "people": Source(lambda: Participant.objects.all(), "", ("site",)),
    "serious": Source(
        lambda: SeriousEvent.objects.running(),
        "submission__participant",
        ("submission__participant__site", "submission__assignment"),
    ),
    "alerts": Source(
        lambda: Alert.objects.waiting().filter(submission__participant__data_use="full"),
        "submission__participant",
        (
            "submission__participant__site",
            "submission__assignment__instrument",
            "submission__visit__definition",
        ),
    ),
    "drafts": Source(
        lambda: Submission.objects.filter(state="draft", participant__state="enrolled"),
        "participant",
        ("participant__site", "assignment__instrument", "visit__definition"),
    ),
    "queries": Source(
        lambda: Query.objects.standing(),
        "participant",
        QUERY_RELATED,
    ),
    "requests": Source(lambda: DataRequest.objects.all(), "participant", ("participant__site",)),
    "messages": Source(lambda: Message.objects.all(), "participant", ("participant__site",)),
}

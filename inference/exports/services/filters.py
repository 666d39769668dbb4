"""What an export leaves out, and the rows of the database that remain."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from inference.pipeline.grades import FACE
from inference.scoring.models import Run, Score
from inference.scoring.services.scores import counting, current_scores
from participants.allocation.services.reading import in_arms
from participants.capture.models import Photo
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.work import WorkState
from studies.protocol.models import Study


@dataclass(frozen=True)
class Filters:
    """What to leave out; empty means everything. Kept with the export in the audit trail.

    ``turned_down`` is the one that adds rows: scores of photos that do not count any more.
    ``demographics`` adds columns to the long file: year of birth, sex, ethnicity, skin tones.
    """

    sites: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    visits: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    received_from: date | None = None
    received_to: date | None = None
    current_only: bool = False
    whole_face_only: bool = False
    turned_down: bool = False
    demographics: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The filters that are set, JSON-ready."""
        values = asdict(self)
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in values.items()
            if value
        }

    def of_visits(self, prefix: str, study: Study, by: User) -> Q:
        """The filter of rows by the visit found at lookup path ``prefix`` (empty for visits)."""
        query = Q()
        if self.sites:
            query &= Q(**{f"{prefix}participant__site__code__in": self.sites})
        if self.arms:
            people = in_arms(study, self.arms, user=by)
            query &= Q(**{f"{prefix}participant__in": people})
        if self.visits:
            query &= Q(**{f"{prefix}definition__code__in": self.visits})
        return query

    def of_photos(self, prefix: str, study: Study) -> Q:
        """The filter of rows by the photo at ``prefix``; days are days where the site is."""
        if not self.received_from and not self.received_to:
            return Q()
        site = f"{prefix}visit__participant__site__time_zone"
        own = study.sites.exclude(time_zone="").order_by("time_zone")
        names = list(own.values_list("time_zone", flat=True).distinct())
        query = ~Q(**{f"{site}__in": names}) & self._received(prefix, study.zone)
        for name in names:
            query |= Q(**{site: name}) & self._received(prefix, ZoneInfo(name))
        return query

    def _received(self, prefix: str, zone: ZoneInfo) -> Q:
        query = Q()
        if self.received_from:
            start = datetime.combine(self.received_from, datetime.min.time(), zone)
            query &= Q(**{f"{prefix}received_at__gte": start})
        if self.received_to:
            end = datetime.combine(self.received_to, datetime.max.time(), zone)
            query &= Q(**{f"{prefix}received_at__lte": end})
        return query


def scores_of(study: Study, filters: Filters, by: User) -> QuerySet[Score]:
    """The scores ``by`` may export that ``filters`` leave: those of the long file's rows."""
    scores: QuerySet[Score] = Score.objects.filter(run__in=runs_of(study, filters, by))
    if filters.conditions:
        scores = scores.filter(condition__in=filters.conditions)
    if filters.whole_face_only:
        scores = scores.filter(region=FACE)
    if filters.current_only:
        scores = current_scores(scores, study.pk, now=counting(study.pk, many=True))
    return scores


def runs_of(study: Study, filters: Filters, by: User) -> QuerySet[Run]:
    """The runs behind these scores: done, at the sites, visits and days that are wanted."""
    mine = Run.objects.visible_to(by, Permission.EXPORT).visible_to(by, Permission.SCORE_VIEW)
    runs = mine.filter(
        filters.of_visits("photo__visit__", study, by),
        filters.of_photos("photo__", study),
        photo__visit__participant__study=study,
        state=WorkState.DONE,
    )
    return runs if filters.turned_down else runs.filter(photo__state=Photo.State.ACCEPTED)


def people_of(study: Study, filters: Filters, by: User) -> QuerySet[Participant]:
    """The participants ``by`` may export, at the sites and in the arms that are wanted."""
    people = Participant.objects.visible_to(by, Permission.EXPORT).filter(
        study=study, data_use=Participant.DataUse.FULL
    )
    if filters.sites:
        people = people.filter(site__code__in=filters.sites)
    if filters.arms:
        people = people.filter(pk__in=in_arms(study, filters.arms, user=by))
    return people


def accepted_photos(study: Study, filters: Filters) -> QuerySet[Photo]:
    """The accepted photos of the days that ``filters`` leave, at every visit; none kept out."""
    return Photo.objects.filter(
        filters.of_photos("", study), state=Photo.State.ACCEPTED, kept_out=False
    )


def visits_of(study: Study, filters: Filters, by: User) -> QuerySet[Visit]:
    """The visits ``by`` may export that ``filters`` leave: those of the wide file's rows.

    With days of photos, only visits with an accepted photo of these days: any other row would
    stand there without a score and look like a visit without photos.
    """
    visits = Visit.objects.visible_to(by, Permission.EXPORT).filter(
        filters.of_visits("", study, by), participant__study=study
    )
    if filters.received_from or filters.received_to:
        photos = accepted_photos(study, filters).filter(visit=OuterRef("pk"))
        visits = visits.filter(Exists(photos))
    return visits

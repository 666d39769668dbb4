"""Exports: the rows of the long and the wide file, read in batches so memory stays constant."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from inference.exports.columns import WIDE, Column, score_columns
from inference.pipeline.grades import FACE, GRADES
from inference.scoring.models import Score
from inference.scoring.services.scores import current_scores, with_is_current
from participants.visits.models import Visit
from participants.visits.services import today
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.models import VIEWS, Study

BATCH = 500
CAPTURE = ("method", "facing", "trigger", "alignment")


@dataclass(frozen=True)
class Filters:
    """What to leave out; empty means everything. Kept with the export in the audit trail."""

    sites: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    visits: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    received_from: date | None = None
    received_to: date | None = None
    current_only: bool = False
    whole_face_only: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The filters that are set, JSON-ready."""
        values = asdict(self)
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in values.items()
            if value
        }

    def of_visits(self, prefix: str) -> Q:
        """The filter of rows by the visit found at lookup path ``prefix`` (empty for visits)."""
        query = Q()
        if self.sites:
            query &= Q(**{f"{prefix}participant__site__code__in": self.sites})
        if self.arms:
            query &= Q(**{f"{prefix}participant__arm__code__in": self.arms})
        if self.visits:
            query &= Q(**{f"{prefix}definition__code__in": self.visits})
        return query

    def of_photos(self, prefix: str, zone: ZoneInfo) -> Q:
        """The filter of rows by the photo at ``prefix``; days are days in the study's zone."""
        query = Q()
        if self.received_from:
            start = datetime.combine(self.received_from, datetime.min.time(), zone)
            query &= Q(**{f"{prefix}received_at__gte": start})
        if self.received_to:
            end = datetime.combine(self.received_to, datetime.max.time(), zone)
            query &= Q(**{f"{prefix}received_at__lte": end})
        return query


def condition_codes(study: Study, filters: Filters) -> list[str]:
    """The conditions of the study that ``filters`` leave, in the protocol's order."""
    conditions = study.conditions.order_by("order").values_list("code", flat=True)
    return [code for code in conditions if not filters.conditions or code in filters.conditions]


def _views(study: Study) -> list[str]:
    asked = {view for d in study.visit_definitions.all() for view in d.views}
    return [view for view in VIEWS if view in asked]


def scores_of(study: Study, filters: Filters, by: User) -> QuerySet[Score]:
    """The scores ``by`` may export that ``filters`` leave."""
    zone = ZoneInfo(study.time_zone)
    scores = Score.objects.visible_to(by, Permission.EXPORT).filter(
        filters.of_visits("run__photo__visit__"),
        filters.of_photos("run__photo__", zone),
        run__photo__visit__participant__study=study,
        run__state="done",
    )
    if filters.conditions:
        scores = scores.filter(condition__in=filters.conditions)
    if filters.whole_face_only:
        scores = scores.filter(region=FACE)
    return scores


def long_rows(study: Study, filters: Filters, by: User) -> Iterator[tuple[Any, ...]]:
    """The long file's rows: one per score, by participant, visit, photo, condition, region."""
    zone = ZoneInfo(study.time_zone)
    scores = scores_of(study, filters, by)
    if filters.current_only:
        scores = current_scores(scores)
    scores = (
        with_is_current(scores)
        .select_related(
            "run__package",
            "run__photo__visit__definition",
            "run__photo__visit__participant__site",
            "run__photo__visit__participant__arm",
        )
        .order_by(
            "run__photo__visit__participant__code",
            "run__photo__visit__definition__day_offset",
            "run__photo__view",
            "run__photo",
            "run",
            "condition__order",
            "region",
        )
    )
    for score in scores.iterator(chunk_size=BATCH):
        run, photo = score.run, score.run.photo
        yield (
            *_who(study, photo.visit),
            photo.visit.definition.code,
            photo.visit.definition.day_offset,
            str(photo.pk),
            photo.view,
            (photo.taken_at or photo.received_at).astimezone(zone),
            score.region,
            score.condition_id,
            score.grade,
            score.severity,
            *(score.probabilities.get(grade) for grade in GRADES),
            run.package.name,
            run.package.version,
            run.model_sha256,
            run.recipe,
            run.runtime,
            run.pk,
            score.is_current,  # type: ignore[attr-defined]
            ";".join(run.quality_flags),
            score.not_assessable,
            run.package.demonstrator,
            run.package.retired,
            *(photo.capture.get(name) for name in CAPTURE),
            photo.late_arrival,
        )


def _who(study: Study, visit: Visit) -> tuple[str, str, str, str]:
    participant = visit.participant
    arm = participant.arm.code if participant.arm else ""
    return (study.code, participant.site.code, participant.code, arm)


def wide_columns(study: Study, filters: Filters) -> list[Column]:
    """The wide file's columns: who, which visit, then a severity and a grade per score."""
    return [*WIDE, *score_columns(condition_codes(study, filters), _views(study))]


def wide_rows(study: Study, filters: Filters, by: User) -> Iterator[tuple[Any, ...]]:
    """The wide file's rows: one per participant and visit, with current whole-face scores."""
    zone = ZoneInfo(study.time_zone)
    visits = (
        Visit.objects.visible_to(by, Permission.EXPORT)
        .filter(filters.of_visits(""), participant__study=study)
        .select_related("definition", "participant__site", "participant__arm")
        .order_by("participant__code", "definition__day_offset")
    )
    places = [(c, v) for c in condition_codes(study, filters) for v in _views(study)]
    batch: list[Visit] = []
    for visit in visits.iterator(chunk_size=BATCH):
        batch.append(visit)
        if len(batch) == BATCH:
            yield from _wide_batch(study, filters, by, batch, places, zone)
            batch = []
    yield from _wide_batch(study, filters, by, batch, places, zone)


def _wide_batch(
    study: Study,
    filters: Filters,
    by: User,
    visits: list[Visit],
    places: list[tuple[str, str]],
    zone: ZoneInfo,
) -> Iterator[tuple[Any, ...]]:
    scores = current_scores(scores_of(study, filters, by)).filter(
        region=FACE, run__photo__visit__in=visits
    )
    found: dict[tuple[int, str, str], tuple[float | None, str]] = {}
    models: dict[int, set[str]] = defaultdict(set)
    demonstrators: dict[int, bool] = defaultdict(bool)
    for score in scores.select_related("run__package", "run__photo"):
        visit_pk, package = score.run.photo.visit_id, score.run.package
        found[visit_pk, score.condition_id, score.run.photo.view] = (score.severity, score.grade)
        models[visit_pk].add(str(package))
        demonstrators[visit_pk] |= package.demonstrator
    day = today(study)
    for visit in visits:
        participant = visit.participant
        yield (
            *_who(study, visit),
            participant.year_of_birth,
            participant.sex,
            participant.ethnicity,
            participant.fitzpatrick,
            participant.monk_tone,
            visit.definition.code,
            visit.definition.day_offset,
            visit.standing_on(day),
            visit.scheduled_on,
            visit.completed_at.astimezone(zone) if visit.completed_at else None,
            "; ".join(sorted(models[visit.pk])),
            demonstrators[visit.pk] if models[visit.pk] else None,
            *(cell for place in places for cell in found.get((visit.pk, *place), (None, ""))),
        )

"""Which scores count: the one place that says what ``is_current`` means.

A photo may have been scored by several packages and several times. Current, for a photo and a
condition, is what the study's primary package said: where it has not scored a photo yet there is no
current score, so that two versions never stand in one curve. Of a condition the primary does not
grade, the package counts that was taken into use last, so that the answer never depends on which
worker was faster.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When

from inference.packages.models import ModelPackage, StudyModel
from inference.scoring.models import Run, Score
from participants.capture.models import Photo
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.work import WorkState
from studies.protocol.models import Study


def _counting_run() -> QuerySet[Run, Any]:
    """For an outer score: the run that counts for its photo and condition.

    A run has scores only once it is done, since both are written together. Asked from the photo's
    few runs, each found by an index; asked from the scores of a condition, or by state, a study of
    a thousand photos took a minute on SQLite.
    """
    grades_it = Score.objects.filter(run=OuterRef("pk"), condition=OuterRef(OuterRef("condition")))
    study = "run__photo__visit__participant__study"
    primary_grades_it = StudyModel.objects.filter(
        study=OuterRef(OuterRef(study)),
        primary=True,
        package__conditions=OuterRef(OuterRef("condition")),
    )
    return (
        Run.objects.filter(
            Exists(grades_it),
            Q(package__studies__primary=True) | ~Exists(primary_grades_it),
            photo=OuterRef("run__photo"),
            package__studies__deactivated_at=None,
            package__studies__study=OuterRef(study),
        )
        .order_by(
            "-package__studies__primary", "-package__studies__activated_at", "-finished_at", "-pk"
        )
        .values("pk")[:1]
    )


def _counts() -> Q:
    """The filter of scores that count. A photo that is to be retaken has no current scores."""
    return Q(run__photo__state=Photo.State.ACCEPTED, run=Subquery(_counting_run()))


def with_is_current(scores: QuerySet[Score]) -> QuerySet[Score]:
    """Annotate ``is_current``: whether the score counts for its photo and condition."""
    return scores.annotate(is_current=Case(When(_counts(), then=Value(True)), default=Value(False)))


def current_scores(scores: QuerySet[Score]) -> QuerySet[Score]:
    """Those of ``scores`` that count."""
    return scores.filter(_counts())


def active_packages(study_pk: int) -> QuerySet[StudyModel]:
    """What the study scores with now: the primary, then the others, newest first."""
    return (
        StudyModel.objects.filter(study=study_pk, deactivated_at=None)
        .select_related("package")
        .order_by("-primary", "-activated_at", "-pk")
    )


@dataclass(frozen=True)
class Sources:
    """The packages whose scores are current in a study: the primary, and those that add to it."""

    primary: ModelPackage | None
    others: list[ModelPackage]

    @property
    def packages(self) -> list[ModelPackage]:
        return [self.primary, *self.others] if self.primary else self.others

    @property
    def demonstrator(self) -> bool:
        return any(package.demonstrator for package in self.packages)


def sources(study_pk: int) -> Sources:
    """Whose scores pages of the study show: packages that add no condition are left out."""
    rows = list(active_packages(study_pk).prefetch_related("package__conditions"))
    primary = next((row.package for row in rows if row.primary), None)
    covered = _graded(primary) if primary else set()
    others = []
    for row in rows:
        adds = _graded(row.package) - covered
        if row.package != primary and (adds or primary is None):
            others.append(row.package)
            covered |= adds
    return Sources(primary, others)


def _graded(package: ModelPackage) -> set[str]:
    return {condition.pk for condition in package.conditions.all()}


def scored_packages(
    *, study: Study, user: User, permission: Permission = Permission.SCORE_VIEW
) -> QuerySet[ModelPackage]:
    """The packages that have scored photos of ``study`` which ``user`` may see, newest first."""
    runs = Run.objects.visible_to(user, permission).filter(
        photo__visit__participant__study=study, state=WorkState.DONE
    )
    return ModelPackage.objects.filter(pk__in=runs.values("package")).order_by("-registered_at")

"""Which scores count: the one place that says what ``is_current`` means.

A photo may have been scored by several packages and several times. Current, for a photo and a
condition, is the newest finished run of a package that the study uses now; when two packages in
use both grade the condition, the one taken into use last counts, so that the answer never depends
on which worker was faster.
"""

from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When

from inference.models import Run, Score, StudyModel
from participants.models import Photo


def _counting_run() -> QuerySet[Run, Any]:
    """For an outer score: the run that counts for its photo and condition.

    A run has scores only once it is done, since both are written together. Asked from the photo's
    few runs, each found by an index; asked from the scores of a condition, or by state, a study of
    a thousand photos took a minute on SQLite.
    """
    grades_it = Score.objects.filter(run=OuterRef("pk"), condition=OuterRef(OuterRef("condition")))
    return (
        Run.objects.filter(
            Exists(grades_it),
            photo=OuterRef("run__photo"),
            package__studies__deactivated_at=None,
            package__studies__study=OuterRef("run__photo__visit__participant__study"),
        )
        .order_by("-package__studies__activated_at", "-finished_at", "-pk")
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
    """What the study scores with now, newest first."""
    return (
        StudyModel.objects.filter(study=study_pk, deactivated_at=None)
        .select_related("package")
        .order_by("-activated_at", "-pk")
    )

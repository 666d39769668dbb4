"""Which scores count: the one place that says what ``is_current`` means.

A photo may have been scored by several packages and several times. Current, for a photo and a
condition, is what the study's primary package said: where it has not scored a photo yet there is no
current score, so that two versions never stand in one curve. Of a condition the primary does not
grade, the package counts that was taken into use last, so that the answer never depends on which
worker was faster.
"""

from dataclasses import dataclass

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When

from inference.packages.models import ModelPackage, StudyModel
from inference.scoring.models import Run, Score
from participants.capture.models import Photo
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.work import WorkState
from studies.protocol.models import Condition, Study

# Columns of a package that weigh kilobytes, for those who only name it.
HEAVY = ("card", "report", "check_report")


@dataclass(frozen=True)
class Counting:
    """Whose scores count in a study, asked once so that no row has to ask.

    ``packages`` are those in use, the primary first, then the one taken into use last; ``graded``
    is what the primary grades, and ``all_graded`` says that this is every condition there is, so
    that no other package is ever asked. ``run_again`` is False where it is known that no package
    has two runs over one photo.
    """

    packages: tuple[int, ...]
    primary: int | None
    graded: frozenset[str]
    all_graded: bool
    run_again: bool = True

    @property
    def simple(self) -> bool:
        """Whether package, condition and photo decide alone, without a look at other rows."""
        return not self.run_again and (self.all_graded or not self.packages)

    def counts(self, *, package: int, condition: str, photo_state: str) -> bool:
        """Whether such a score counts; only of use where it is ``simple``."""
        accepted = photo_state == Photo.State.ACCEPTED
        return accepted and package == self.primary and condition in self.graded


def counting(study_pk: int, *, many: bool = False) -> Counting:
    """Whose scores count in a study.

    With ``many`` also whether any photo was scored twice by one package: a look over all runs,
    worth its price before all scores of a study are read.
    """
    rows = list(active_packages(study_pk).values_list("package", "primary"))
    primary = next((package for package, is_primary in rows if is_primary), None)
    graded = frozenset(
        Condition.objects.filter(packages=primary).values_list("pk", flat=True)
        if primary is not None
        else ()
    )
    return Counting(
        packages=tuple(package for package, _is_primary in rows),
        primary=primary,
        graded=graded,
        all_graded=bool(graded) and not Condition.objects.exclude(pk__in=graded).exists(),
        run_again=not many or _run_again(),
    )


def _run_again() -> bool:
    """Whether a package has two runs over one photo: with another recipe, after an update.

    Two ends of the index ``run_by_recipe`` tell that each package knows one recipe, and then there
    are none. Else all runs are looked over, in whatever state, by the index ``run_of_photo``.
    """
    own = Run.objects.filter(package=OuterRef("pk")).values("recipe_sha256")
    recipes = ModelPackage.objects.order_by().values_list(
        Subquery(own.order_by("recipe_sha256")[:1]), Subquery(own.order_by("-recipe_sha256")[:1])
    )
    if all(first == last for first, last in recipes):
        return False
    twice = Run.objects.order_by().values("photo", "package").annotate(number=Count("*"))
    return twice.filter(number__gt=1).exists()


def _is_newest() -> Q:
    """For a score: no later run of its package over its photo is done."""
    later = Q(finished_at__gt=OuterRef("run__finished_at")) | Q(
        finished_at=OuterRef("run__finished_at"), pk__gt=OuterRef("run")
    )
    again = Run.objects.filter(
        later,
        photo=OuterRef("run__photo"),
        package=OuterRef("run__package"),
        state=WorkState.DONE,
    )
    return ~Q(Exists(again))


def _counts(now: Counting) -> Q:
    """The filter of scores that count.

    A photo that is to be retaken, or whose file is damaged, has no current scores.

    What the primary grades is decided by the score's own columns. Of the rest, a package counts
    where none that comes before it has graded the condition on the same photo.
    """
    graded = Q(condition__in=sorted(now.graded))
    said = Q(run__package=now.primary) & graded if now.graded else Q(pk__in=[])
    if not now.all_graded:
        others = Q(pk__in=[])
        for place, package in enumerate(now.packages):
            before = Score.objects.filter(
                run__photo=OuterRef("run__photo"),
                condition=OuterRef("condition"),
                run__package__in=now.packages[:place],
                run__state=WorkState.DONE,
            )
            own = Q(run__package=package)
            others |= own & ~Q(Exists(before)) if place else own
        said |= others & ~graded if now.graded else others
    accepted = Q(run__photo__state=Photo.State.ACCEPTED, run__photo__kept_out=False)
    return accepted & _is_newest() & said if now.run_again else accepted & said


def with_is_current(
    scores: QuerySet[Score], study_pk: int, *, now: Counting | None = None
) -> QuerySet[Score]:
    """Annotate ``is_current``: whether the score, one of that study, counts for its photo."""
    counts = _counts(now or counting(study_pk))
    return scores.annotate(is_current=Case(When(counts, then=Value(True)), default=Value(False)))


def current_scores(
    scores: QuerySet[Score], study_pk: int, *, now: Counting | None = None
) -> QuerySet[Score]:
    """Those of ``scores``, all of that study, that count."""
    return scores.filter(_counts(now or counting(study_pk)))


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
    in_use = active_packages(study_pk).defer(*(f"package__{name}" for name in HEAVY))
    rows = list(in_use.prefetch_related("package__conditions"))
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
    # One run of each is enough to know: no look at all the others.
    packages = ModelPackage.objects.values_list("pk", flat=True)
    scored = [pk for pk in packages if runs.filter(package=pk).order_by().exists()]
    return ModelPackage.objects.filter(pk__in=scored).order_by("-registered_at")

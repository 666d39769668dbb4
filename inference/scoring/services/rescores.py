"""Scoring a study's photos again: asked for, handed out a few at a time, watched, stopped.

A photo a package has scored once is not scored by it again: the same bytes through the same network
give the same scores. So a rescore that was stopped, or asked for twice, goes on where it was.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from inference.packages.errors import PackageRetired
from inference.packages.models import ModelPackage
from inference.packages.reasons import required_reason
from inference.scoring.errors import RescoreEnded
from inference.scoring.models import Rescore, Run
from inference.scoring.models.rescore import OPEN
from inference.scoring.services import runs
from participants.capture.models import Photo
from participants.consent.services import consents
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import SYSTEM, Actor, System
from studies.platform.work import Claim, WorkState, notify_on_commit
from studies.protocol.models import Study
from studies.protocol.services.rights import require
from studies.record import services as audit

# So few at a time that a photo sent today never waits behind a study's whole past.
WINDOW = 24
PAUSE = timedelta(seconds=1)
FEW = 5


@transaction.atomic
def start_rescore(*, study: Study, package: ModelPackage, reason: str, by: Actor) -> Rescore:
    """Have every accepted photo of ``study`` scored with ``package``, in use there or not.

    When that is under way already, what is under way is returned and nothing is added.

    Raises:
        NotAllowed: ``by`` may not change the study's models.
        PackageRetired, ReasonMissing: nothing was started.
    """
    _require_activator(by, study)
    reason = required_reason(reason)
    package = ModelPackage.objects.select_for_update().get(pk=package.pk)
    under_way = Rescore.objects.filter(study=study, package=package, state__in=OPEN).first()
    if under_way is not None:
        return under_way
    if package.retired:
        raise PackageRetired(f"{package} is retired: it scores no more photos. Choose another.")
    rescore = Rescore.objects.create(
        study=study,
        package=package,
        reason=reason[:500],
        asked_by=by if isinstance(by, User) else None,
    )
    number = runs.unscored(study=study, package=package).count()
    _record("model.rescore", rescore, by, reason, photos=number)
    notify_on_commit(rescore)
    return rescore


@transaction.atomic
def stop_rescore(*, rescore: Rescore, by: Actor) -> Rescore:
    """Hand out no more, and take back the runs nobody has begun; what is scored stays.

    Raises:
        NotAllowed: ``by`` may not change the study's models.
        RescoreEnded: it is done or stopped; nothing was changed.
    """
    _require_activator(by, rescore.study)
    now = timezone.now()
    # A worker that hands out runs at this moment loses its claim by this, and with it what it did.
    stopped = Rescore.objects.filter(pk=rescore.pk, state__in=OPEN).update(
        state=WorkState.DONE,
        finished_at=now,
        lease_until=None,
        stopped_at=now,
        stopped_by=by if isinstance(by, User) else None,
    )
    rescore.refresh_from_db()
    if not stopped:
        raise RescoreEnded(f"Scoring again with {rescore.package} is over. Nothing was changed.")
    waiting = Run.objects.filter(rescore=rescore, state=WorkState.QUEUED, attempts=0)
    _, by_model = waiting.delete()
    _record("model.rescore_stop", rescore, by, runs_dropped=by_model.get("inference.Run", 0))
    return rescore


def stop_for(*, study: Study, package: ModelPackage, by: Actor) -> None:
    """Stop what is under way with ``package`` in ``study``, if anything is."""
    for rescore in Rescore.objects.filter(study=study, package=package, state__in=OPEN):
        stop_rescore(rescore=rescore, by=by)


def feed(claim: Claim[Rescore]) -> None:
    """The worker's part: hand out the next runs, or end when the last of them has ended.

    Raises:
        LeaseLost: another worker has the row, or it was stopped; nothing is written.
    """
    rescore = Rescore.objects.select_related("study", "package").get(pk=claim.row.pk)
    outstanding = rescore.runs.filter(state__in=OPEN).count()
    ahead = _ahead(rescore).select_related("visit__participant")
    photos = list(ahead[: max(WINDOW - outstanding, 0)])
    if not photos and not outstanding:
        with claim.completing():
            ended = _run_counts(rescore.runs.all())
            _record(
                "model.rescore_end",
                rescore,
                SYSTEM,
                scored=ended[WorkState.DONE],
                failed=ended[WorkState.QUARANTINED],
                skipped=rescore.skipped,
            )
        return
    with claim.pausing(until=timezone.now() + PAUSE):
        consenting = [p for p in photos if consents.allows_scoring(p.visit.participant)]
        for photo in consenting:
            runs.queue_run(photo, rescore.package, rescore=rescore)
        if photos:
            Rescore.objects.filter(pk=rescore.pk).update(
                cursor=photos[-1].pk, skipped=rescore.skipped + len(photos) - len(consenting)
            )


def _ahead(rescore: Rescore) -> QuerySet[Photo]:
    """The photos still to be handed out, in the order of their keys."""
    photos = runs.unscored(study=rescore.study, package=rescore.package).order_by("pk")
    return photos.filter(pk__gt=rescore.cursor) if rescore.cursor else photos


def _run_counts(runs: QuerySet[Run]) -> dict[str, int]:
    counts = dict(runs.order_by().values_list("state").annotate(Count("pk")))
    return {state: counts.get(state, 0) for state in WorkState.values}


def _require_activator(by: Actor, study: Study) -> None:
    if not isinstance(by, System):
        require(by, Permission.MODEL_ACTIVATE, study=study)


def _record(action: str, rescore: Rescore, by: Actor, reason: str = "", **counts: int) -> None:
    package = rescore.package
    audit.record(
        by=by,
        action=action,
        target=rescore,
        study=rescore.study.code,
        new={"package": str(package), "sha256": package.sha256, **counts},
        reason=reason,
    )


# --- Watching ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """How a rescore stands at the sites a person may see.

    ``minutes_left`` is an estimate from the pace so far, None before there is one.
    """

    rescore: Rescore
    scored: int
    failed: int
    waiting: int
    minutes_left: int | None

    @property
    def total(self) -> int:
        return self.scored + self.failed + self.waiting

    @property
    def ended(self) -> int:
        return self.scored + self.failed

    @property
    def state(self) -> str:
        """The word for people: running, stopped, done or quarantined."""
        if self.rescore.open:
            return "running"
        return "stopped" if self.rescore.stopped_at else str(self.rescore.state)


def progress(*, rescore: Rescore, user: User) -> Progress:
    """The counts of ``rescore`` over the photos ``user`` may see; two queries."""
    seen = Run.objects.visible_to(user, Permission.WORK_VIEW).filter(rescore=rescore)
    counts = _run_counts(seen)
    waiting = 0
    if rescore.open:
        photos = Photo.objects.visible_to(user, Permission.WORK_VIEW)
        waiting = _ahead(rescore).filter(pk__in=photos.values("pk")).count()
        waiting += counts[WorkState.QUEUED] + counts[WorkState.RUNNING]
    ended = counts[WorkState.DONE] + counts[WorkState.QUARANTINED]
    return Progress(
        rescore=rescore,
        scored=counts[WorkState.DONE],
        failed=counts[WorkState.QUARANTINED],
        waiting=waiting,
        minutes_left=_minutes_left(rescore, ended, waiting),
    )


def _minutes_left(rescore: Rescore, ended: int, waiting: int) -> int | None:
    if not waiting or ended < FEW:
        return None
    so_far = (timezone.now() - rescore.created_at).total_seconds()
    return max(1, round(so_far / ended * waiting / 60))


def rescores_of(*, study: Study, user: User) -> list[Progress]:
    """The newest rescores of ``study`` as ``user`` may see them, those under way among them."""
    rescores = Rescore.objects.visible_to(user).filter(study=study)
    rows = rescores.select_related("package", "asked_by", "stopped_by", "study")[:10]
    return [progress(rescore=rescore, user=user) for rescore in rows]

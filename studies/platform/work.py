"""Work that survives: rows are the queue, Celery only notifies the workers.

Everything that happens later is a row of a ``DurableWork`` model. A worker claims a row by a
conditional UPDATE that raises the fencing token, and its result is written only by an UPDATE that
still finds that token. A lost message costs a sweep, a message delivered twice costs a failed
claim, and a dead worker costs its lease. See ``docs/decisions/0002-rows-are-the-queue.md``.
"""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

from celery import current_app
from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from studies.platform import in_use
from studies.platform.broker import BrokerAway
from studies.platform.models import WorkerHeartbeat

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0


class WorkState(models.TextChoices):
    """Where a piece of work stands."""

    QUEUED = "queued", "queued"
    RUNNING = "running", "running"
    DONE = "done", "done"
    QUARANTINED = "quarantined", "quarantined"


class DurableWork(models.Model):
    """One piece of work to be done once, at ``due_at`` or soon after.

    A concrete model names the Celery task that does it in ``task_name``; the task takes the
    primary key, nothing else.
    """

    task_name: ClassVar[str] = ""
    # How long after each failure it is tried again; after the last one it is set aside. Empty: as
    # the settings say, which is right for what fails here, not for other people's servers.
    retry_after: ClassVar[tuple[timedelta, ...]] = ()

    state = models.CharField(max_length=12, choices=WorkState, default=WorkState.QUEUED)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    token = models.PositiveIntegerField(default=0, help_text="Fencing token: raised by each claim.")
    lease_until = models.DateTimeField(null=True, blank=True)
    notified_at = models.DateTimeField(null=True, blank=True, db_column="rung_at")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["state", "due_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=WorkState.values), name="%(app_label)s_%(class)s_state_known"
            )
        ]


class LeaseLost(Exception):  # noqa: N818 - an event, not a fault
    """Another worker holds the row now: whatever this one computed must not be written."""


class PermanentFailure(Exception):  # noqa: N818 - it names what it is
    """Trying again cannot help; the row goes to quarantine with this message."""


W = TypeVar("W", bound=DurableWork)


@dataclass
class Claim(Generic[W]):
    """The right to do one row's work, for the length of a lease."""

    row: W
    token: int

    def _mine(self) -> "models.QuerySet[W]":
        model = type(self.row)
        return model._default_manager.filter(
            pk=self.row.pk, token=self.token, state=WorkState.RUNNING
        )

    def renew(self) -> None:
        """Ask for another lease; call between long stages.

        Raises:
            LeaseLost: the lease ran out and another worker took the row.
        """
        if not self._mine().update(lease_until=_lease_end()):
            raise LeaseLost

    @contextmanager
    def completing(self) -> Iterator[None]:
        """Write results inside: they and ``done`` are committed together, or not at all.

        Raises:
            LeaseLost: the lease ran out and another worker took the row; nothing is written.
            NotServed: the database is of another version now; nothing is written.
        """
        with transaction.atomic():
            in_use.require()
            done = self._mine().update(
                state=WorkState.DONE, finished_at=timezone.now(), lease_until=None, last_error=""
            )
            if not done:
                raise LeaseLost
            yield
        self.row.refresh_from_db()

    @contextmanager
    def pausing(self, *, until: datetime) -> Iterator[None]:
        """Write a part of the work inside: the row is due again at ``until``, for the next part.

        Each part has its own attempts. As with ``completing`` all is committed, or nothing.

        Raises:
            LeaseLost: the lease ran out and another worker took the row; nothing is written.
            NotServed: the database is of another version now; nothing is written.
        """
        with transaction.atomic():
            in_use.require()
            paused = self._mine().update(
                state=WorkState.QUEUED,
                due_at=until,
                attempts=0,
                lease_until=None,
                notified_at=None,
                last_error="",
            )
            if not paused:
                raise LeaseLost
            yield
        self.row.refresh_from_db()


def _lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.WORK_LEASE_SECONDS)


def due(now: datetime) -> Q:
    """Rows that wait for a worker at ``now``: queued and due, or held by one that went silent."""
    return Q(state=WorkState.QUEUED, due_at__lte=now) | Q(
        state=WorkState.RUNNING, lease_until__lt=now
    )


def claim(model: type[W], pk: Any) -> Claim[W] | None:
    """Take the row if it is due and nobody holds it, else ``None``.

    A row whose workers died as often as it may be tried is quarantined instead: it may be what
    kills them.
    """
    now = timezone.now()
    waiting = model._default_manager.filter(due(now), pk=pk)
    spent = waiting.filter(attempts__gte=_most_attempts(model))
    if spent.update(
        state=WorkState.QUARANTINED,
        finished_at=now,
        lease_until=None,
        last_error=f"Its worker stopped without a result {_most_attempts(model)} times.",
    ):
        return None
    taken = waiting.update(
        state=WorkState.RUNNING,
        token=F("token") + 1,
        attempts=F("attempts") + 1,
        started_at=now,
        lease_until=_lease_end(),
    )
    if not taken:
        return None
    row = model._default_manager.get(pk=pk)
    return Claim(row=row, token=row.token)


def perform(model: type[W], pk: Any, do: Callable[[Claim[W]], None]) -> bool:
    """Claim the row, do its work, and account for every way it can end.

    ``do`` computes, then writes inside ``claim.completing()`` or, when there is more to do later,
    ``claim.pausing()``. Returns whether it got so far here. An exception puts the row back with a
    growing delay, or into quarantine after the last attempt or a ``PermanentFailure``; it is
    logged, kept on the row and not raised again. While the database is being upgraded, or is of
    another version than this process, the row stays as it is: a worker of that version takes it.
    """
    try:
        with in_use.using():
            return _perform(model, pk, do)
    except in_use.NotServed as refusal:
        logger.warning("%s %s is left as it is: %s", model.__name__, pk, refusal)
        return False


def _perform(model: type[W], pk: Any, do: Callable[[Claim[W]], None]) -> bool:
    taken = claim(model, pk)
    if taken is None:
        return False
    try:
        do(taken)
    except in_use.NotServed:
        raise
    except LeaseLost:
        logger.warning("%s %s: lease lost, result discarded", model.__name__, pk)
        return False
    except Exception as error:
        logger.exception("%s %s failed at attempt %s", model.__name__, pk, taken.row.attempts)
        _give_back(taken, error)
        return False
    return True


def _most_attempts(model: type[DurableWork]) -> int:
    return len(model.retry_after) + 1 if model.retry_after else int(settings.WORK_MAX_ATTEMPTS)


def _give_back(taken: Claim[W], error: Exception) -> None:
    now = timezone.now()
    summary = "".join(traceback.format_exception_only(error)).strip()[:2000]
    last = isinstance(error, PermanentFailure)
    if last or taken.row.attempts >= _most_attempts(type(taken.row)):
        message = str(error) if last else summary
        taken._mine().update(
            state=WorkState.QUARANTINED, finished_at=now, lease_until=None, last_error=message
        )
        return
    if taken.row.retry_after:
        delay = taken.row.retry_after[taken.row.attempts - 1]
    else:
        delay = timedelta(seconds=settings.WORK_BACKOFF_SECONDS * 2 ** (taken.row.attempts - 1))
    taken._mine().update(
        state=WorkState.QUEUED,
        due_at=now + delay,
        lease_until=None,
        notified_at=None,
        last_error=summary,
    )


def requeue(row: DurableWork) -> bool:
    """Take a row out of quarantine for a fresh set of attempts; False if it was not in there."""
    rows = type(row)._default_manager.filter(pk=row.pk, state=WorkState.QUARANTINED)
    moved = rows.update(
        state=WorkState.QUEUED,
        due_at=timezone.now(),
        attempts=0,
        notified_at=None,
        finished_at=None,
        lease_until=None,
    )
    if moved:
        notify_on_commit(row)
    return bool(moved)


def notify_on_commit(row: DurableWork) -> None:
    """Notify a worker of ``row`` once it is committed, where a broker can be reached from here.

    On the embedded default only the worker can reach its in-memory broker, so its sweep notifies.
    """
    if settings.REDIS_URL:
        transaction.on_commit(lambda: _notify(type(row), row.pk, timezone.now()), robust=True)


def _notify(model: type[DurableWork], pk: Any, now: datetime) -> None:
    again = now - timedelta(seconds=settings.WORK_NOTIFY_AGAIN_SECONDS)
    unheard = Q(notified_at=None) | Q(notified_at__lt=again) | Q(notified_at__lt=F("lease_until"))
    if not model._default_manager.filter(due(now), unheard, pk=pk).update(notified_at=now):
        return
    try:
        current_app.send_task(model.task_name, args=[str(pk)])
    except Exception as error:
        # The next sweep is free to try at once.
        model._default_manager.filter(pk=pk, notified_at=now).update(notified_at=None)
        if isinstance(error, OperationalError):
            raise BrokerAway(str(error)) from error
        raise


def kinds() -> list[type[DurableWork]]:
    """Every concrete kind of durable work."""
    return [model for model in apps.get_models() if issubclass(model, DurableWork)]


def sweep(*, batch: int = 200) -> int:
    """Notify of every row that is due, unclaimed and not notified of lately; return how many.

    Safe to run in any number of workers at once: each notification is a conditional UPDATE.

    Raises:
        BrokerAway: nobody can be notified; ``perform_due`` does the work without.
    """
    now = timezone.now()
    again = now - timedelta(seconds=settings.WORK_NOTIFY_AGAIN_SECONDS)
    notified = 0
    for model in kinds():
        unheard = (
            Q(notified_at=None) | Q(notified_at__lt=again) | Q(notified_at__lt=F("lease_until"))
        )
        rows = model._default_manager.filter(due(now), unheard).order_by("due_at")
        for pk in rows.values_list("pk", flat=True)[:batch]:
            _notify(model, pk, now)
            notified += 1
    return notified


def perform_due(*, batch: int = 20) -> int:
    """Do here, one after the other, what is due: for when no broker notifies anybody of it.

    Returns how many rows were tried. Claims keep a worker that is notified after all from doing
    the same row.
    """
    tried = 0
    current_app.loader.import_default_modules()
    for model in kinds():
        rows = model._default_manager.filter(due(timezone.now())).order_by("due_at")
        for pk in rows.values_list("pk", flat=True)[:batch]:
            current_app.tasks[model.task_name](str(pk))
            tried += 1
    return tried


def beat(name: str) -> None:
    """Write a sign of life for the worker ``name``, at most every ``HEARTBEAT_SECONDS``."""
    now = timezone.now()
    recent = now - timedelta(seconds=HEARTBEAT_SECONDS)
    if not WorkerHeartbeat.objects.filter(name=name, seen_at__gt=recent).exists():
        WorkerHeartbeat.objects.update_or_create(name=name, defaults={"seen_at": now})


def worker_missing() -> bool:
    """Whether no worker has shown a sign of life lately, so that work waits safely but waits."""
    return not WorkerHeartbeat.objects.alive().exists()

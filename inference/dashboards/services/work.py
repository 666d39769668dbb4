"""Seeing and retrying the work on photos: checks and runs, one list."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import transaction
from django.db.models import Case, Count, IntegerField, QuerySet, Value, When

from inference.dashboards.errors import NotQuarantined
from inference.scoring.models import Run
from inference.scoring.services.tallies import totals
from participants.capture.models import Photo, PhotoCheck
from participants.people.models import Participant
from studies.access.models import User, scope
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.work import DurableWork, WorkState, requeue
from studies.protocol.models import Site, Study
from studies.protocol.services import rights
from studies.record import services as audit

KINDS: dict[str, type[PhotoCheck] | type[Run]] = {"check": PhotoCheck, "run": Run}
OPEN = (WorkState.QUARANTINED, WorkState.RUNNING, WorkState.QUEUED)
LISTED = 200


@dataclass(frozen=True)
class WorkItem:
    """One line of the list: what is done to which photo, and how it stands."""

    names: ClassVar[dict[str, str]] = {"check": "Photo check", "run": "Scoring"}

    kind: str
    row: PhotoCheck | Run

    @property
    def name(self) -> str:
        return self.names[self.kind]

    @property
    def photo(self) -> Photo:
        return self.row.photo

    @property
    def model(self) -> str:
        return str(self.row.package) if isinstance(self.row, Run) else ""

    @property
    def since(self) -> datetime:
        """When it was asked for."""
        return self.row.created_at

    @property
    def waits_until(self) -> datetime | None:
        """When it is tried next, if it waits after a failure."""
        waiting = self.row.state == WorkState.QUEUED and self.row.attempts
        return self.row.due_at if waiting else None


def checks_of(study: Study, user: User) -> QuerySet[PhotoCheck]:
    """The checks of a study's photos whose work ``user`` may see."""
    participant = "photo__visit__participant"
    return PhotoCheck.objects.filter(
        scope(
            user, Permission.WORK_VIEW, study=f"{participant}__study", site=f"{participant}__site"
        ),
        photo__visit__participant__study=study,
        photo__visit__participant__data_use=Participant.DataUse.FULL,
    )


def runs_of(study: Study, user: User) -> QuerySet[Run]:
    """The runs over a study's photos whose work ``user`` may see."""
    runs = Run.objects.visible_to(user, Permission.WORK_VIEW)
    return runs.filter(photo__visit__participant__study=study)


def _rows(kind: str, study: Study, user: User) -> "QuerySet[PhotoCheck] | QuerySet[Run]":
    return checks_of(study, user) if kind == "check" else runs_of(study, user)


def open_work(*, study: Study, user: User) -> list[WorkItem]:
    """What waits, runs or is in quarantine: quarantined first, then the oldest, at most 200."""
    order = Case(
        *(When(state=state, then=Value(place)) for place, state in enumerate(OPEN)),
        output_field=IntegerField(),
    )
    related = ["photo__visit__participant__site", "photo__visit__definition"]
    items: list[WorkItem] = []
    for kind in KINDS:
        rows = _rows(kind, study, user).filter(state__in=OPEN)
        also = [*related, "package"] if kind == "run" else related
        work = rows.select_related(*also).order_by(order, "created_at")[:LISTED]
        items += [WorkItem(kind, row) for row in work]
    places = {state: place for place, state in enumerate(OPEN)}
    items.sort(key=lambda item: (places[WorkState(item.row.state)], item.since))
    return items[:LISTED]


@dataclass(frozen=True)
class WorkCounts:
    """How many pieces of work stand where, checks and runs together."""

    queued: int = 0
    running: int = 0
    quarantined: int = 0
    done: int = 0

    @classmethod
    def total(cls, by_kind: dict[str, dict[str, int]]) -> "WorkCounts":
        """The sum over the kinds of ``counts_by_kind``."""
        return cls(**{s: sum(counts[s] for counts in by_kind.values()) for s in WorkState.values})

    @property
    def busy(self) -> bool:
        return bool(self.queued or self.running)


def counts_by_kind(*, study: Study, user: User) -> dict[str, dict[str, int]]:
    """Kind of work → state → how many of a study's rows ``user`` may see.

    What is open is counted each time, by an index; what is done, nearly every row, has been.
    """
    counted = {}
    done = totals(study=study, user=user, permission=Permission.WORK_VIEW)
    done_by_kind = {"check": done.checks_done, "run": done.runs_done}
    for kind in KINDS:
        rows = _rows(kind, study, user).order_by()
        counts = dict(rows.filter(state__in=OPEN).values_list("state").annotate(Count("pk")))
        counts[WorkState.DONE] = done_by_kind[kind]
        counted[kind] = {state: counts.get(state, 0) for state in WorkState.values}
    return counted


def work_counts(*, study: Study, user: User) -> WorkCounts:
    """Counts of a study's work that ``user`` may see."""
    return WorkCounts.total(counts_by_kind(study=study, user=user))


def number_failed(*, study: Study, user: User, site: Site | None = None) -> int:
    """How many checks and runs were set aside that ``user`` may see, at ``site`` or at all."""
    number = 0
    for kind in KINDS:
        rows = _rows(kind, study, user).filter(state=WorkState.QUARANTINED)
        if site is not None:
            rows = rows.filter(photo__visit__participant__site=site)
        number += rows.count()
    return number


def find_work(*, study: Study, user: User, kind: str, pk: int) -> PhotoCheck | Run | None:
    """One piece of work that ``user`` may see, or None."""
    if kind not in KINDS:
        return None
    rows = _rows(kind, study, user)
    return rows.select_related("photo__visit__participant__site__study").filter(pk=pk).first()


@transaction.atomic
def retry_work(*, row: PhotoCheck | Run, by: Actor) -> DurableWork:
    """Take one piece of work out of quarantine, for five fresh attempts.

    Raises:
        NotAllowed: ``by`` may not retry work at the photo's site.
        NotQuarantined: it is not in quarantine (any more).
    """
    participant = row.photo.visit.participant
    return retry_row(row=row, study=participant.study, participant=participant, by=by)


@transaction.atomic
def retry_row(
    *, row: DurableWork, study: Study, participant: Participant | None, by: Actor
) -> DurableWork:
    """Take a row of any kind out of quarantine; without a participant it is the whole study's.

    Raises:
        NotAllowed: ``by`` may not retry work there.
        NotQuarantined: it is not in quarantine (any more).
    """
    site = participant.site if participant is not None else None
    rights.require(by, Permission.WORK_RETRY, study=study, site=site)
    reason = row.last_error
    if not requeue(row):
        raise NotQuarantined(
            "This does not need attention: it waits for a worker, is being done, or is done. "
            "Nothing was changed; reload the page to see how it stands."
        )
    audit.record(
        by=by,
        action="work.retry",
        target=row,
        study=study.code,
        site=site.code if site is not None else "",
        participant=participant.code if participant is not None else "",
        old={"state": WorkState.QUARANTINED, "last_error": reason},
        new={"state": WorkState.QUEUED},
    )
    row.refresh_from_db()
    return row


@transaction.atomic
def retry_all(*, study: Study, by: User) -> int:
    """Take everything out of quarantine that ``by`` may retry; return how many.

    Raises:
        NotAllowed: ``by`` may retry nothing in the study.
    """
    if not rights.may_anywhere(by, Permission.WORK_RETRY, study=study):
        rights.require(by, Permission.WORK_RETRY, study=study)
    photos = Photo.objects.visible_to(by, Permission.WORK_RETRY)
    number = 0
    for kind in KINDS:
        rows = _rows(kind, study, by).filter(state=WorkState.QUARANTINED, photo__in=photos)
        for row in rows.select_related("photo__visit__participant__site__study"):
            with suppress(NotQuarantined):  # somebody else was faster: it is tried again anyway
                retry_work(row=row, by=by)
                number += 1
    return number

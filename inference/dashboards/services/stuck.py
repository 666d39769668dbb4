"""Work other than on photos that was set aside: messages, requests, days, scoring again, trials."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.urls import reverse

from inference.dashboards.services.work import retry_row
from inference.learning.models import TrainingJob
from inference.results.models import ReadingResults
from inference.scoring.models import Rescore
from inference.trials.models import Trial
from participants.allocation.models import UnblindingNotice
from participants.amending.models import CarryOver
from participants.answers.models import AlertNotice, SafetyNotice
from participants.messaging.models import Message
from participants.messaging.services.log import code_words, why_words
from participants.people.models import Participant
from participants.privacy.models import RequestNotice, RequestWork
from participants.queries.models import CheckRun, QueryDigest
from participants.visits.models import DailyRollover
from studies.access.models import User
from studies.access.permissions import Permission
from studies.backup.models import BackupRun, FileCheck
from studies.platform.errors import NotFound
from studies.platform.work import DurableWork, WorkState
from studies.protocol.models import Site, Study
from studies.protocol.services import rights
from studies.record.models import RecordAnchor

LISTED = 100


@dataclass(frozen=True)
class StuckKind:
    """A kind of work: its name in words, whose it is, and where a person acts on it."""

    model: type[DurableWork]
    name: str
    participant: str = ""  # the lookup that leads to the participant; empty: it is the study's
    page: str = ""  # the address of the page where it is acted on; empty: it is tried again here
    of_all: bool = False  # it belongs to the installation: every study has it

    def rows(self, study: Study, user: User, *, anywhere: bool | None = None) -> QuerySet[Any]:
        """Those of ``study`` that were set aside and that ``user`` may see.

        ``anywhere`` says whether they may see work at some site, where that is known already.
        """
        rows = self.model._default_manager.filter(state=WorkState.QUARANTINED)
        if anywhere is None:
            anywhere = rights.may_anywhere(user, Permission.WORK_VIEW, study=study)
        whole = (Q() if self.of_all else Q(study=study)) if anywhere else Q(pk=None)
        if not self.participant:
            return rows.filter(whole)
        people = Participant.objects.visible_to(user, Permission.WORK_VIEW).filter(study=study)
        theirs = Q(**{f"{self.participant}__in": people})
        if self.model is DailyRollover:
            theirs |= whole & Q(participant=None)
        return rows.filter(theirs).select_related(f"{self.participant}__site")


STUCK_KINDS = {
    "message": StuckKind(Message, "Message", "participant", "participants:messages"),
    "request": StuckKind(
        RequestWork, "Data request", "request__participant", "participants:data_requests"
    ),
    "notice": StuckKind(RequestNotice, "Mail about a data request", "request__participant"),
    "unblinding": StuckKind(
        UnblindingNotice, "Mail about an unblinding", "unblinding__participant"
    ),
    "safety": StuckKind(
        SafetyNotice, "Mail about a serious adverse event", "event__submission__participant"
    ),
    "alert": StuckKind(AlertNotice, "Mail about an alert", "alert__submission__participant"),
    "query_digest": StuckKind(QueryDigest, "Mail about queries"),
    "edit_checks": StuckKind(CheckRun, "Edit checks", "participant"),
    "day": StuckKind(DailyRollover, "Turn of the day", "participant"),
    "amendment": StuckKind(CarryOver, "Amendment at a site"),
    "backup": StuckKind(BackupRun, "Backup", of_all=True),
    "files": StuckKind(FileCheck, "Check of stored files", of_all=True),
    "anchor": StuckKind(RecordAnchor, "Anchor of the audit trail", of_all=True),
    "rescore": StuckKind(Rescore, "Scoring again"),
    "results": StuckKind(ReadingResults, "Results of a reading study"),
    "training": StuckKind(TrainingJob, "Training on readings"),
    "trial": StuckKind(Trial, "Trial of a model", "photo__visit__participant", "inference:trial"),
}


@dataclass(frozen=True)
class StuckItem:
    """One line: what, of whom, since when, why, and where to go."""

    code: str
    row: DurableWork
    study: Study

    @property
    def kind(self) -> StuckKind:
        return STUCK_KINDS[self.code]

    @property
    def participant(self) -> Participant | None:
        return participant_of(self.kind, self.row)

    @property
    def since(self) -> datetime:
        return self.row.finished_at or self.row.created_at

    @property
    def reason(self) -> str:
        """Why, in the words that messages have for it, else as it was kept."""
        if isinstance(self.row, Message) and self.row.why:
            return code_words(why_words(self.row))
        return self.row.last_error

    @property
    def url(self) -> str:
        """Where it is acted on, or empty where it is tried again from the list."""
        if not self.kind.page:
            return ""
        return reverse(
            self.kind.page, args=[self.row.pk if self.code == "trial" else self.study.code]
        )


def participant_of(kind: StuckKind, row: Any) -> Participant | None:
    """Whose work it is; None where it is the whole study's."""
    whose: Any = row
    for step in filter(None, kind.participant.split("__")):
        whose = getattr(whose, step)
    return whose if isinstance(whose, Participant) else None


def stuck_work(*, study: Study, user: User) -> list[StuckItem]:
    """What was set aside, besides work on photos; the latest first."""
    stuck = [
        StuckItem(code, row, study)
        for code, kind in STUCK_KINDS.items()
        for row in kind.rows(study, user).order_by("-finished_at")[:LISTED]
    ]
    return sorted(stuck, key=lambda item: item.since, reverse=True)[:LISTED]


def number_stuck(
    *, study: Study, user: User, without: Collection[str], site: Site | None = None
) -> int:
    """How many were set aside of every kind but ``without``; one query for all kinds.

    With a ``site`` those of its participants alone: what is the study's is no site's.
    """
    anywhere = rights.may_anywhere(user, Permission.WORK_VIEW, study=study)
    first, *others = (
        _at(kind, kind.rows(study, user, anywhere=anywhere), site)
        .select_related(None)
        .order_by()
        .annotate(one=Value(1))
        .values_list("one")
        for code, kind in STUCK_KINDS.items()
        if code not in without
    )
    return int(first.union(*others, all=True).count())


def _at(kind: StuckKind, rows: QuerySet[Any], site: Site | None) -> QuerySet[Any]:
    if site is None:
        return rows
    return rows.filter(**{f"{kind.participant}__site": site}) if kind.participant else rows.none()


def retry_stuck(*, study: Study, code: str, pk: int, by: User) -> DurableWork:
    """Try one of them again, with five fresh attempts.

    Raises:
        NotFound: there is none that ``by`` may see, or it is acted on elsewhere.
        NotAllowed: ``by`` may not retry work there.
        NotQuarantined: it is no longer set aside.
    """
    kind = STUCK_KINDS.get(code)
    row: DurableWork | None = None
    if kind is not None and not kind.page:
        row = kind.rows(study, by).filter(pk=pk).first()
    if kind is None or row is None:
        raise NotFound(
            "This is not in the study’s list any more, or it is being tried again already."
        )
    return retry_row(row=row, study=study, participant=participant_of(kind, row), by=by)

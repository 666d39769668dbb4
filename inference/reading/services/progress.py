"""How far a reader is, and how long the rest takes at their own pace."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from django.db.models import QuerySet, Sum

from inference.reading.models import Case, Reading, ReadingStudy, Seat, Turn
from inference.reading.services.adjudicating import decided_by, waiting_for
from inference.reading.services.turns import showable_turns
from studies.access.models import User
from studies.protocol.models import Study

PACE_OF = 20  # the last readings tell the pace
LEAST = 5  # of them at least, before one is told


@dataclass(frozen=True)
class Progress:
    """Cases of one use: those read, and all; and the reader's time in the study, in ms.

    ``pace_ms`` is the median of the last cases; ``None`` before there are enough.
    """

    use: str
    done: int
    of: int
    left: int  # of all uses
    active_ms: int
    pace_ms: int | None

    @property
    def left_ms(self) -> int | None:
        """What the rest takes at that pace."""
        return None if self.pace_ms is None else self.pace_ms * self.left


def progress_of(seat: Seat, use: str = Case.Use.MAIN) -> Progress:
    """How far the reader is with the cases of ``use``."""
    read = seat.turns.filter(state=Turn.State.READ)
    waiting = showable_turns(seat)
    done = read.filter(case__use=use).count()
    rows = Reading.objects.standing().filter(turn__seat=seat)
    return Progress(
        use=use,
        done=done,
        of=done + waiting.filter(case__use=use).count(),
        left=waiting.count(),
        active_ms=rows.aggregate(all=Sum("active_ms"))["all"] or 0,
        pace_ms=_pace(rows),
    )


def _pace(rows: QuerySet[Reading]) -> int | None:
    last = list(rows.order_by("-saved_at").values_list("active_ms", flat=True)[:PACE_OF])
    return int(median(last)) if len(last) >= LEAST else None


@dataclass(frozen=True)
class Assigned:
    """A seat as its holder finds it: the reading study, and how far they are."""

    seat: Seat
    done: int
    left: int
    progress: Progress | None  # None for adjudicators

    @property
    def study(self) -> ReadingStudy:
        return self.seat.reading_study

    @property
    def decides(self) -> bool:
        return self.seat.role == Seat.Role.ADJUDICATOR

    @property
    def all(self) -> int:
        return self.done + self.left


def assigned_to(user: User, study: Study) -> list[Assigned]:
    """The seats that ``user`` has, or had, in the reading studies of ``study``: open ones first."""
    order = {state: at for at, state in enumerate(("open", "draft", "closed"))}
    seats = Seat.objects.filter(user=user, reading_study__study=study)
    rows = seats.select_related("reading_study__study", "user").order_by("reading_study__code")
    latest = {seat.reading_study_id: seat for seat in rows.order_by("number")}
    found = [_assigned(seat) for seat in latest.values()]
    return sorted(found, key=lambda one: (order[one.study.state], one.study.code))


def _assigned(seat: Seat) -> Assigned:
    if seat.role == Seat.Role.ADJUDICATOR:
        left = waiting_for(seat).count() if seat.reading_study.is_open else 0
        return Assigned(seat, decided_by(seat), left, None)
    far = progress_of(seat)
    done = seat.turns.filter(state=Turn.State.READ).count()
    return Assigned(seat, done, far.left, far)


def waiting_cases(user: User, study: Study) -> int | None:
    """How many cases wait for ``user`` in open reading studies; ``None`` without any seat ever."""
    seats = Seat.objects.filter(user=user, reading_study__study=study)
    if not seats.exists():
        return None
    open_ones = seats.standing().filter(reading_study__state=ReadingStudy.State.OPEN)
    waiting = Turn.objects.filter(seat__in=open_ones, state=Turn.State.WAITING)
    judges = open_ones.filter(role=Seat.Role.ADJUDICATOR).select_related("reading_study", "user")
    return waiting.count() + sum(waiting_for(seat).count() for seat in judges)

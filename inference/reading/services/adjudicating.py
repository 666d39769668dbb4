"""A third person decides where readers differ: one at a time, unnamed, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from inference.reading.errors import MayNotRead, NotYourTurn
from inference.reading.models import Adjudication, Reading, Scale, Seat, Turn
from inference.reading.services.answering import Answer, taken
from inference.reading.services.turns import locked_seat, require_open
from participants.capture.models import Photo
from participants.people.services.record import record_about

FREE_AFTER = timedelta(minutes=30)  # whoever claimed a case has left it lying


@dataclass(frozen=True)
class Said:
    """What one reader said of a case: scale code → number, or why it could not be read."""

    values: dict[str, float]
    unreadable: str


def waiting_for(seat: Seat) -> QuerySet[Adjudication]:
    """The differing cases that can be shown, and that nobody else is deciding on.

    In an order that tells nothing of when they were read. Those the person has read are none of
    theirs.
    """
    readable = Photo.objects.in_use().filter(kept_out=False).exclude(upright_file="")
    left_lying = Q(claimed_at__lt=timezone.now() - FREE_AFTER)
    claimed = Q(state=Adjudication.State.CLAIMED) & (Q(seat=seat) | left_lying)
    rows = Adjudication.objects.filter(
        Q(state=Adjudication.State.WAITING) | claimed,
        case__reading_study=seat.reading_study_id,
        case__photo__in=readable,
    )
    own = Turn.objects.filter(seat__user=seat.user_id, state=Turn.State.READ).values("case")
    pairs = Q(case__second=None) | Q(case__second__in=readable)
    return rows.filter(pairs).exclude(case__in=own).order_by("key")


def claimed_by(seat: Seat) -> Adjudication | None:
    """The case they have begun to decide on."""
    rows = Adjudication.objects.filter(state=Adjudication.State.CLAIMED, seat=seat)
    return rows.filter(pk__in=waiting_for(seat)).select_related("case__participant").first()


@transaction.atomic
def claim_next(*, seat: Seat) -> Adjudication | None:
    """Take the next differing case, or go on with the one begun; ``None`` where none waits.

    Of two adjudicators at once one gets it, and the other the next.

    Raises:
        MayNotRead: it is no adjudicator's seat, or the person may not read blind any more.
        ReadingFixed: the study is not open, or the seat has ended.
    """
    seat = locked_seat(seat)
    require_open(seat)
    _require_adjudicator(seat)
    begun = claimed_by(seat)
    if begun is not None:
        return begun
    for row in waiting_for(seat).select_related("case__participant"):
        if _claim(row, seat):
            row.refresh_from_db(fields=["state", "seat", "claimed_at"])
            record_about(
                row.case.participant,
                "reading.claim",
                by=seat.user,
                target=row,
                new={"reading_study": seat.reading_study.code},
            )
            return row
    return None


def _claim(row: Adjudication, seat: Seat) -> bool:
    """One conditional update: it is still as it was when it was seen waiting."""
    as_seen = Adjudication.objects.filter(pk=row.pk, state=row.state)
    if row.state == Adjudication.State.CLAIMED:
        as_seen = as_seen.filter(seat=row.seat_id, claimed_at=row.claimed_at)
    return bool(
        as_seen.update(state=Adjudication.State.CLAIMED, seat=seat, claimed_at=timezone.now())
    )


def held(seat: Seat, key: UUID) -> Adjudication:
    """The case of ``key``, which the adjudicator has claimed.

    Raises:
        MayNotRead: it is no adjudicator's seat.
        ReadingFixed: the study is not open.
        NotYourTurn: it is not theirs at present.
    """
    require_open(seat)
    _require_adjudicator(seat)
    begun = claimed_by(seat)
    if begun is None or begun.key != key:
        raise NotYourTurn(
            "This case is not yours at present: it was decided, or lay for half an hour and was "
            "taken by somebody else. Nothing was changed; go on with the next."
        )
    return begun


def differing_scales(row: Adjudication) -> list[Scale]:
    """The scales that are to be decided on."""
    return list(row.case.reading_study.scales.filter(code__in=row.scales))


def said_of(row: Adjudication) -> list[Said]:
    """What the readers said on the differing scales, unnamed, in an order that names nobody."""
    turns = Turn.objects.filter(case=row.case_id, is_repeat=False)
    readings = list(Reading.objects.standing().filter(turn__in=turns).order_by("pk"))
    Random(f"{row.key}:said").shuffle(readings)  # noqa: S311 - the same at each look
    return [
        Said(
            values={code: float(r.values[code]) for code in row.scales if code in r.values},
            unreadable=r.unreadable,
        )
        for r in readings
    ]


def is_swapped(row: Adjudication) -> bool:
    """Whether the second photo of a pair is left, as it was for the readers."""
    turn = Turn.objects.filter(case=row.case_id).first()
    return turn is not None and turn.swapped


@transaction.atomic
def decide(*, seat: Seat, key: UUID, answer: Answer) -> Adjudication:
    """Write down what stands for the differing scales, once. Sent again it changes nothing.

    Raises:
        MayNotRead: it is no adjudicator's seat, or the person may not read blind any more.
        ReadingFixed: the study is not open any more, or the seat has ended.
        NotYourTurn: the case is not theirs at present.
        GradesIncomplete: a differing scale has no grade, or one that it does not have.
    """
    seat = locked_seat(seat)
    before = Adjudication.objects.filter(key=key, seat=seat, state=Adjudication.State.DECIDED)
    done = before.select_related("case__participant").first()
    if done is not None:
        return done
    row = held(seat, key)
    kept = taken(differing_scales(row), answer)
    changed = Adjudication.objects.filter(
        pk=row.pk, state=Adjudication.State.CLAIMED, seat=seat, claimed_at=row.claimed_at
    ).update(
        state=Adjudication.State.DECIDED,
        values=kept.values,
        parts=kept.parts,
        unreadable=kept.unreadable,
        decided_at=timezone.now(),
    )
    if not changed:
        raise NotYourTurn("Somebody else took this case meanwhile. Go on with the next.")
    record_about(
        row.case.participant,
        "reading.decide",
        by=seat.user,
        target=row,
        new={"reading_study": seat.reading_study.code, "scales": row.scales},
    )
    row.refresh_from_db()
    return row


def decided_by(seat: Seat) -> int:
    """How many they have decided."""
    rows = Adjudication.objects.filter(seat=seat, state=Adjudication.State.DECIDED)
    return rows.count()


def _require_adjudicator(seat: Seat) -> None:
    if seat.role != Seat.Role.ADJUDICATOR:
        raise MayNotRead("You read in this study, so others decide where readers differ.")

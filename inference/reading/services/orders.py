"""Writing down a reader's order, once."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from inference.reading.errors import NotReady
from inference.reading.models import Case, ReadingStudy, Seat, Turn
from inference.reading.services.ordering import ordered


def give_order(seat: Seat, cases: Sequence[Case], *, seed: str) -> None:
    """Write a reader's turns: training, then calibration, then the cases in an order of their own.

    Raises:
        NotReady: there are too few cases for so many repeats.
    """
    study = seat.reading_study
    random = Random(f"{seed}:{seat.number}")  # noqa: S311 - kept, to be shown afterwards
    first = [
        case
        for use in (Case.Use.TRAINING, Case.Use.CALIBRATION)
        for case in study.cases.filter(use=use)
    ]
    repeats = round(len(cases) * study.repeats_percent / 100)
    try:
        places = ordered(
            [case.participant_id for case in cases],
            repeats=repeats,
            distance=study.repeat_distance,
            random=random,
        )
    except ValueError as error:
        raise NotReady(
            f"{len(cases)} cases are too few for {repeats} of them to come again "
            f"{study.repeat_distance} cases later. Choose fewer repeats or a shorter distance. "
            "Nothing was opened."
        ) from error
    turns = [(case, False) for case in first]
    turns += [(cases[place.case], place.is_repeat) for place in places]
    Turn.objects.bulk_create(
        Turn(
            seat=seat,
            case=case,
            position=position,
            is_repeat=is_repeat,
            swapped=study.shown == ReadingStudy.Shown.PAIRS and _is_swapped(case, seed),
        )
        for position, (case, is_repeat) in enumerate(turns, start=1)
    )


def _is_swapped(case: Case, seed: str) -> bool:
    """Which photo of a pair is left: the same for all readers, whose grades could else not be held
    against each other where a scale compares the two.
    """
    return Random(f"{seed}:{case.number}:sides").random() < 0.5  # noqa: S311 - kept, to be shown

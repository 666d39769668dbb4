"""Closed reading studies made of tables of grades, in real rows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import numpy as np
from django.utils import timezone
from numpy.typing import ArrayLike

from inference.reading.models import Case, Reading, ReadingStudy, Seat, Turn
from inference.reading.services import consensus
from inference.results.models import ReadingResults
from inference.results.tasks import compute_results
from participants.capture.models import Photo
from participants.people.models import Participant
from studies.access.models import User
from studies.platform.work import WorkState
from tests.conftest import Team
from tests.inference.reading.making import add_scale, make_draft
from tests.studies.access.factories import UserFactory

Values = Sequence[ArrayLike]  # of each scale (S, R); NaN: not graded


def grades(number: int) -> list[dict[str, str]]:
    return [{"label": f"Grade {n}", "descriptor": ""} for n in range(number)]


def make_closed(
    team: Team,
    photos: Sequence[Photo],
    *values: ArrayLike,
    scales: Sequence[dict[str, Any]] = ({},),
    again: Sequence[ArrayLike] = (),
    **fields: Any,
) -> ReadingStudy:
    """A closed reading study: case k is ``photos[k]``, reader r graded it ``values[scale][k, r]``.

    ``again`` are the grades of the second time, NaN where a case came once. A row of NaN in all
    scales is unreadable where the reader saw it: no reading where it is NaN.
    """
    study = make_draft(team, state="closed", opened_at=timezone.now(), **fields)
    study.scales.all().delete()
    for number, scale in enumerate(scales, start=1):
        add_scale(study, number=number, **{"code": f"scale-{number}", **scale})
    tables = [np.asarray(table, np.float64) for table in values]
    cases = _cases(study, photos)
    seats = [_seat(study, number) for number in range(1, tables[0].shape[1] + 1)]
    _read(study, seats, cases, tables, is_repeat=False)
    if again:
        _read(study, seats, cases, [np.asarray(t, np.float64) for t in again], is_repeat=True)
    study.closed_at = timezone.now()
    study.save()
    consensus.write(study)
    return study


def _cases(study: ReadingStudy, photos: Sequence[Photo]) -> list[Case]:
    return Case.objects.bulk_create(
        Case(
            reading_study=study,
            number=number,
            participant_id=photo.visit.participant_id,
            photo=photo,
            visit=photo.visit.definition.code,
            view=photo.view,
            photo_sha256=photo.upright_sha256,
        )
        for number, photo in enumerate(photos, start=1)
    )


def _seat(study: ReadingStudy, number: int) -> Seat:
    user: User = UserFactory(name=f"Reader of mine {number}")
    return Seat.objects.create(
        reading_study=study, user=user, number=number, added_at=timezone.now()
    )


def _read(
    study: ReadingStudy,
    seats: Sequence[Seat],
    cases: Sequence[Case],
    tables: Sequence[Any],
    *,
    is_repeat: bool,
) -> None:
    codes = list(study.scales.order_by("number").values_list("code", flat=True))
    now = timezone.now()
    for column, seat in enumerate(seats):
        order = [
            row
            for row in np.random.default_rng(column).permutation(len(cases))
            if any(np.isfinite(table[row, column]) for table in tables)
        ]
        offset = len(cases) if is_repeat else 0
        turns = Turn.objects.bulk_create(
            Turn(seat=seat, case=cases[row], position=offset + place, is_repeat=is_repeat,
                 state="read")
            for place, row in enumerate(order, start=1)
        )  # fmt: skip
        Reading.objects.bulk_create(
            Reading(
                turn=turn,
                values={
                    code: float(table[row, column])
                    for code, table in zip(codes, tables, strict=True)
                    if np.isfinite(table[row, column])
                },
                shown_at=now,
                saved_at=now + timedelta(seconds=place),
                active_ms=2000 + 10 * place,
                request_id=uuid4(),
            )
            for place, (turn, row) in enumerate(zip(turns, order, strict=True))
        )


def add_unreadable(study: ReadingStudy, seat: Seat, case: Case, reason: str = "blurred") -> Reading:
    """One reading that says why nothing was graded."""
    turn = Turn.objects.create(seat=seat, case=case, position=9999, state="read")
    now = timezone.now()
    return Reading.objects.create(
        turn=turn, unreadable=reason, shown_at=now, saved_at=now, active_ms=900, request_id=uuid4()
    )


def computed(study: ReadingStudy) -> dict[str, Any]:
    """Ask for the results and let the worker compute them; the figures."""
    from inference.results.services.results import stamp_of

    row, _ = ReadingResults.objects.get_or_create(
        reading_study=study, defaults={"study": study.study, "stamp": stamp_of(study)}
    )
    compute_results(str(row.pk))
    row.refresh_from_db()
    assert row.state == WorkState.DONE, row.last_error
    figures: dict[str, Any] = row.figures
    return figures


def people_of(photos: Sequence[Photo]) -> list[Participant]:
    return [photo.visit.participant for photo in photos]

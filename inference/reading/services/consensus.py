"""Where readers differ, and what stands in the end for each case and scale."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median_low

from inference.reading.models import Adjudication, Case, Consensus, Reading, ReadingStudy, Scale


def first_readings(study: ReadingStudy) -> dict[int, list[Reading]]:
    """Case → its readings that count, without those of a case's second time."""
    rows = Reading.objects.standing().filter(
        turn__seat__reading_study=study, turn__is_repeat=False, turn__case__use=Case.Use.MAIN
    )
    of: dict[int, list[Reading]] = defaultdict(list)
    for reading in rows.select_related("turn").order_by("turn__seat__number"):
        of[reading.turn.case_id].append(reading)
    return of


def differing(scales: Iterable[Scale], readings: Sequence[Reading]) -> list[str]:
    """The codes of the scales on which ``readings`` of one case lie too far apart.

    Readable for one and unreadable for another is too far apart, wherever a scale has a limit.
    """
    limited = [scale for scale in scales if scale.adjudicate_beyond is not None]
    if len(readings) < 2:
        return []
    if len({bool(reading.unreadable) for reading in readings}) > 1:
        return [scale.code for scale in limited]
    return [scale.code for scale in limited if _spread(scale, readings) > _limit(scale)]


def _limit(scale: Scale) -> float:
    return float(scale.adjudicate_beyond or 0)


def _spread(scale: Scale, readings: Sequence[Reading]) -> float:
    values = [float(r.values[scale.code]) for r in readings if scale.code in r.values]
    return max(values) - min(values) if values else 0.0


def write(study: ReadingStudy) -> None:
    """Write one row for each case and scale that anybody read."""
    scales = list(study.scales.all())
    decided = {
        row.case_id: row
        for row in Adjudication.objects.filter(
            case__reading_study=study, state=Adjudication.State.DECIDED
        )
    }
    Consensus.objects.bulk_create(
        _of_case(case, scale, readings, decided)
        for case, readings in first_readings(study).items()
        for scale in scales
    )


def _of_case(
    case: int, scale: Scale, readings: Sequence[Reading], decided: Mapping[int, Adjudication]
) -> Consensus:
    row = decided.get(case)
    if row is not None and scale.code in row.scales:
        value = None if row.unreadable else row.values.get(scale.code)
        how = Consensus.How.ADJUDICATED
    else:
        values = [float(r.values[scale.code]) for r in readings if scale.code in r.values]
        value = median_low(values) if values else None
        how = Consensus.How.MEDIAN
    return Consensus(case_id=case, scale=scale, value=value, how=how, readers=len(readings))

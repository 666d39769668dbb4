"""Every figure of a closed reading study, as plain values that are kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from math import isfinite
from typing import TYPE_CHECKING, Any

from inference.reading.models import Adjudication, Case, Scale
from inference.reading.scales import Kind
from inference.results.coefficients import coefficients_for, label_of, of_two
from inference.results.services.frame import Frame, columns_with_most
from inference.results.services.groups import groups_of
from inference.results.services.network import Network, against_network, no_network

if TYPE_CHECKING:
    from inference.agreement.intervals import Draws, Estimate
    from inference.agreement.ratings import Floats, Ratings

VERSION = 1  # of what is computed; another one has every reading study computed again
POINTS = 4500  # drawn in all Bland-Altman plots of a scale; more would only hide each other
Shape = dict[str, Any]


def told(estimate: Estimate) -> Shape:
    """An estimate as it is kept: what is not a number is left out, with its reason."""
    ends = (estimate.low, estimate.high)
    sound = all(end is not None and isfinite(end) for end in ends)
    return {
        "value": estimate.value,
        "low": estimate.low if sound else None,
        "high": estimate.high if sound else None,
        "cases": estimate.cases,
        "people": estimate.people,
        "why": estimate.why,
    }


def measure(frame: Frame, network: Mapping[str, Network] | None = None) -> Shape:
    """All figures of ``frame``; ``network`` is scale code → what the primary package said."""
    from inference.agreement.intervals import Draws

    draws = Draws()
    return {
        "version": VERSION,
        "cases": len(frame.cases),
        "people": len(set(frame.people)),
        "locked": frame.locked,
        "readings": sum(len(times) for times in frame.times.values()),
        "readers": [_reader(frame, column) for column in range(len(frame.seats))],
        "scales": [
            _scale(frame, scale, (network or {}).get(scale.code), draws) for scale in frame.scales
        ],
    }


def _reader(frame: Frame, column: int) -> Shape:
    """One reader's share of the work: cases, time, what could not be read."""
    import numpy as np

    seat, times = frame.seats[column], np.array(frame.times[column] or [0]) / 1000
    low, middle, high = (float(each) for each in np.quantile(times, [0.25, 0.5, 0.75]))
    return {
        "number": seat.number,
        "name": seat.name,
        "left": seat.removed_at is not None,
        "cases": int(np.isfinite(frame.place[:, column]).sum()),
        "repeats": len(frame.times[column]) - int(np.isfinite(frame.place[:, column]).sum()),
        "seconds": {"low": low, "value": middle, "high": high},
        "hours": float(times.sum() / 3600),
        "unreadable": {
            reason: count
            for (who, reason), count in sorted(frame.unreadable.items())
            if who == column
        },
    }


def _scale(frame: Frame, scale: Scale, network: Network | None, draws: Draws) -> Shape:
    ratings = frame.ratings(scale)
    kind = Kind(scale.kind)
    shape: Shape = {
        "code": scale.code,
        "title": scale.title,
        "question": scale.question,
        "kind": scale.kind,
        "kind_label": kind.label,
        "condition": scale.condition.name if scale.condition else "",
        "region": scale.region,
        "grades": [grade["label"] for grade in scale.grades],
        "primary": scale.primary,
        "primary_label": label_of(scale.primary),
        "graded": _graded(ratings),
        "coefficients": _coefficients(scale, ratings, draws),
        "pairs": _pairs(scale, ratings, draws),
        "readers": [
            _of_reader(frame, scale, ratings, column, draws) for column in range(ratings.readers)
        ],
        "groups": groups_of(frame, scale, ratings, draws),
        "adjudicated": _adjudicated(frame, scale),
    }
    if kind is Kind.GRADES:
        shape["confusion"] = _confusion(frame, scale, ratings)
    else:
        shape["limits"] = _limits(ratings, draws)
    shape["network"] = (
        against_network(frame, scale, ratings, network, draws) if network else no_network(scale)
    )
    return shape


def _graded(ratings: Ratings) -> Shape:
    """Of how many cases somebody said something, two did, and all did."""
    import numpy as np

    number = np.isfinite(ratings.values).sum(axis=1)
    return {
        "once": int((number >= 1).sum()),
        "twice": int((number >= 2).sum()),
        "all": int((number == ratings.readers).sum()) if ratings.readers else 0,
        "people": len(set(ratings.people[number >= 1].tolist())),
    }


def _coefficients(scale: Scale, ratings: Ratings, draws: Draws) -> list[Shape]:
    """Of all readers together; none of fewer than two."""
    if ratings.readers < 2:
        return []
    from inference.agreement.intervals import estimate

    found = []
    whole = columns_with_most(ratings.values)
    for named in coefficients_for(Kind(scale.kind), scale.primary):
        columns = whole if named.whole and len(whole) >= 2 else range(ratings.readers)
        chosen = ratings.of_readers(*columns)
        made = named.make(len(scale.grades), chosen.readers)
        found.append(
            {
                "code": named.code,
                "label": named.label,
                "says": named.says,
                "share": named.share,
                "readers": chosen.readers,
                **told(estimate(made, chosen, draws=draws)),
            }
        )
    return found


def _pairs(scale: Scale, ratings: Ratings, draws: Draws) -> list[Shape]:
    """Each two readers, by the primary coefficient."""
    if ratings.readers < 2:
        return []
    from inference.agreement.readers import pairs_of

    primary = of_two(Kind(scale.kind), scale.primary, len(scale.grades))
    return [
        {"first": pair.first, "second": pair.second, **told(pair.agreement)}
        for pair in pairs_of(primary, ratings, draws=draws)
    ]


def _of_reader(frame: Frame, scale: Scale, ratings: Ratings, column: int, draws: Draws) -> Shape:
    """One reader against the consensus, against the others, against themself, over time."""
    import numpy as np

    from inference.agreement.intervals import estimate
    from inference.agreement.ratings import Ratings
    from inference.agreement.readers import consensus, drift, repeatability

    primary = of_two(Kind(scale.kind), scale.primary, len(scale.grades))
    own = ratings.values[:, column]
    others = consensus(np.delete(ratings.values, column, axis=1))

    def beside(values: Floats) -> Ratings:
        return Ratings(np.column_stack([values, own]), ratings.people, ratings.grades)

    again = Ratings(
        np.column_stack([own, frame.again[scale.code][:, column]]), ratings.people, ratings.grades
    )
    repeated = repeatability(primary, again, draws=draws)
    known = np.isfinite(own) & np.isfinite(others)
    moved = drift(
        frame.place[known, column],
        own[known],
        others[known],
        ratings.people[known].tolist(),
        reader=column,
        draws=draws,
    )
    return {
        "reader": column,
        "consensus": told(estimate(primary, beside(frame.consensus[scale.code]), draws=draws)),
        "others": told(estimate(primary, beside(others), draws=draws)),
        "repeats": told(repeated.agreement),
        "sd": told(repeated.sd),
        "smallest_change": repeated.smallest_change,
        "drift": told(moved),
    }


def _adjudicated(frame: Frame, scale: Scale) -> Shape:
    """How many cases went to an adjudicator for this scale, and what came of it."""
    rows = Adjudication.objects.filter(
        case__reading_study=frame.study, case__use=Case.Use.MAIN
    ).values_list("state", "scales")
    asked = [state for state, scales in rows if scale.code in scales]
    decided = sum(state == Adjudication.State.DECIDED for state in asked)
    return {"beyond": scale.adjudicate_beyond, "asked": len(asked), "decided": decided}


def _confusion(frame: Frame, scale: Scale, ratings: Ratings) -> Shape:
    """Each two readers' grades, and each reader's against the consensus's, counted."""
    import numpy as np

    from inference.agreement.ratings import Ratings
    from inference.agreement.readers import confusion

    def against_consensus(column: int) -> list[list[int]]:
        both = np.column_stack([frame.consensus[scale.code], ratings.values[:, column]])
        return confusion(Ratings(both, ratings.people, ratings.grades))

    return {
        "pairs": [
            {"first": a, "second": b, "table": confusion(ratings.of_readers(a, b))}
            for a, b in combinations(range(ratings.readers), 2)
        ],
        "consensus": [
            {"reader": column, "table": against_consensus(column)}
            for column in range(ratings.readers)
        ],
    }


def _limits(ratings: Ratings, draws: Draws) -> list[Shape]:
    """Bland and Altman of each two readers, with the points that are drawn."""
    pairs = list(combinations(range(ratings.readers), 2))
    return [
        limits_of(ratings.of_readers(a, b), draws, points=POINTS // len(pairs))
        | {"first": a, "second": b}
        for a, b in pairs
    ]


def limits_of(both: Ratings, draws: Draws, *, points: int) -> Shape:
    """The differences of two columns: mean, limits, points of (mean, difference)."""
    import numpy as np

    from inference.agreement.limits import bland_altman

    first, second = both.values[both.complete() > 0].T
    if not len(first):
        return {"cases": 0, "points": [], "left_out": 0}
    people = both.people[both.complete() > 0].tolist()
    found = bland_altman(first, second, people, draws=draws)
    step = -(-len(first) // max(points, 1))
    drawn = np.column_stack([(first + second) / 2, second - first])[::step]
    return {
        "cases": found.photos,
        "people": found.people,
        "mean": told(found.mean),
        "lower": told(found.lower),
        "upper": told(found.upper),
        "sd": found.sd,
        "points": [[round(float(x), 3), round(float(y), 3)] for x, y in drawn],
        "left_out": len(first) - len(drawn),
    }

"""Change over time of one condition, region and view: every figure of the page, put together."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from inference.change.figures import peers as among_peers
from inference.change.figures.ancova import Ancova, Row, ancova
from inference.change.figures.means import FEW, Mean, mean_of
from inference.change.figures.responders import (
    Share,
    Verdict,
    difference,
    shares_of,
    verdict,
)
from inference.change.services.reading import Asked, Series, series_of
from inference.change.services.subjects import REASONS, YET, Column, Subject
from studies.protocol.models import Study

MISSING = 0.2  # share without a change, of those who could have one, from which it is said


@dataclass(frozen=True)
class Line:
    """One group: its means by visit, the first visit's mean severity, and how many it has."""

    group: str
    name: str
    subjects: int
    baseline: Mean
    means: list[tuple[Column, Mean]]


@dataclass(frozen=True)
class Response:
    """Of one group at one visit: how many changed by more than noise, and against the other."""

    visit: Column
    group: str
    name: str
    shares: dict[Verdict, Share]
    apart: tuple[float, float, float] | None = None

    @property
    def number(self) -> int:
        return self.shares["within"].of

    @property
    def improved(self) -> Share:
        return self.shares["improved"]


@dataclass(frozen=True)
class Missing:
    """Of one group at one visit: how many have a change, and why the others have none."""

    visit: Column
    group: str
    name: str
    counted: int
    reasons: dict[str, int]

    @property
    def possible(self) -> int:
        """Those who could have a change by now."""
        return self.counted + sum(n for code, n in self.reasons.items() if code not in YET)

    @property
    def share(self) -> float:
        """Of those who could have a change, the share without one."""
        return 1 - self.counted / self.possible if self.possible else 0.0


@dataclass(frozen=True)
class OverTime:
    """The whole page. ``smallest``: the smallest changes that are more than noise, in points."""

    series: Series
    lines: list[Line]
    adjusted: list[tuple[Column, Ancova]]
    responses: list[Response]
    missing: list[Missing]
    peers: list[among_peers.Line]
    smallest: list[float]
    warnings: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether anybody has a change at any visit."""
        return any(mean.n for line in self.lines for _visit, mean in line.means)

    @property
    def against(self) -> str:
        """The group others are compared with; empty where all are together."""
        groups = [line.group for line in self.lines]
        asked = self.series.asked.against
        return asked if asked in groups else groups[0]

    @property
    def shown(self) -> list[Line]:
        """The groups that have people."""
        return [line for line in self.lines if line.subjects]

    @property
    def fitted(self) -> bool:
        """Whether any visit has adjusted figures."""
        return any(one.means for _visit, one in self.adjusted)

    @property
    def reasons(self) -> list[str]:
        """The reasons for which anybody has no change, as codes."""
        return [code for code in REASONS if any(one.reasons.get(code) for one in self.missing)]

    @property
    def gaps(self) -> list[tuple[Missing, list[int]]]:
        """Each line of who is counted, with its numbers by ``reasons``."""
        return [(one, [one.reasons.get(code, 0) for code in self.reasons]) for one in self.missing]

    @property
    def cells(self) -> list[among_peers.Line]:
        """The cells of peers that hold enough people to show."""
        return [line for line in self.peers if line.points]

    @property
    def small_cells(self) -> int:
        return len(self.peers) - len(self.cells)

    @property
    def largest_cell(self) -> int:
        return max((line.n for line in self.peers), default=0)

    @property
    def band(self) -> float | None:
        """Half of the band of noise that trajectories carry: the largest where there are two."""
        return max(self.smallest, default=None)


def over_time(asked: Asked) -> OverTime:
    """All figures of what ``asked`` names.

    Raises:
        NotAllowed: as ``series_of``.
    """
    series = series_of(asked)
    groups = list(series.groups)
    against = asked.against if asked.against in groups else groups[0]
    missing = [_missing(series, visit, group) for visit in series.later for group in groups]
    found = OverTime(
        series=series,
        lines=[_line(series, group) for group in groups],
        adjusted=[(visit, _adjusted(series, visit, groups, against)) for visit in series.later],
        responses=_responses(series, groups, against),
        missing=missing,
        peers=_peers(series),
        smallest=sorted({one.smallest for one in series.subjects if one.smallest is not None}),
    )
    found.warnings.extend(_warnings(found))
    return found


def _line(series: Series, group: str) -> Line:
    first = series.first
    mine = series.of(group)
    return Line(
        group,
        series.groups[group],
        len(mine),
        mean_of(one.severities.get(first.code) for one in mine) if first else Mean(0),
        [(visit, mean_of(series.changes(visit.code, group))) for visit in series.later],
    )


def _adjusted(series: Series, visit: Column, groups: list[str], against: str) -> Ancova:
    rows = []
    first = series.columns[0].code
    for one in series.subjects:
        change = one.change(visit.code, first)
        if change is not None:
            rows.append(Row(change, one.severities[first], one.strata, one.group))
    return ancova(rows, groups=groups, against=against, strata=series.strata)


def _responses(series: Series, groups: list[str], against: str) -> list[Response]:
    """By visit and group; none where nothing is known of noise."""
    responses = []
    for visit in series.later:
        shares = {group: shares_of(verdicts(series, group, visit)) for group in groups}
        for group in groups:
            apart = None
            if group != against:
                apart = difference(shares[group]["improved"], shares[against]["improved"])
            if shares[group]["within"].of:
                name = series.groups[group]
                responses.append(Response(visit, group, name, shares[group], apart))
    return responses


def verdicts(series: Series, group: str, visit: Column) -> list[Verdict]:
    """What each change of ``group`` at ``visit`` is against the noise, where that is known."""
    found = (verdict_of(series, one, visit.code) for one in series.of(group))
    return [one for one in found if one is not None]


def verdict_of(series: Series, subject: Subject, visit: str) -> Verdict | None:
    """What one person's change at ``visit`` is against the noise; ``None`` without either."""
    change = subject.change(visit, series.columns[0].code)
    if change is None or subject.smallest is None:
        return None
    return verdict(change, subject.smallest)


def _missing(series: Series, visit: Column, group: str) -> Missing:
    reasons = Counter(one.reasons.get(visit.code, "not_planned") for one in series.of(group))
    counted = reasons.pop("", 0)
    return Missing(visit, group, series.groups[group], counted, dict(reasons))


def _peers(series: Series) -> list[among_peers.Line]:
    """Of the first visit, whatever the group."""
    if series.first is None:
        return []
    cells: dict[among_peers.Cell, list[float]] = defaultdict(list)
    for one in series.subjects:
        if series.first.code in one.severities:
            cells[one.cell].append(one.severities[series.first.code])
    return among_peers.table(cells)


# --- What to beware of -------------------------------------------------------------------------


def _warnings(found: OverTime) -> list[str]:
    series = found.series
    few = [
        visit.name
        for visit in series.later
        if any(0 < mean.n < FEW for line in found.shown for at, mean in line.means if at is visit)
    ]
    told = []
    if few:
        told.append(
            f"Fewer than {FEW} people{' of a group' if len(found.shown) > 1 else ''} have a "
            f"change at {_listed(few)}: read these figures as single cases."
        )
    if gaps := [one for one in found.missing if one.possible and one.share > MISSING]:
        worst = max(gaps, key=lambda one: one.share)
        where = f"{worst.name}, {worst.visit.name}" if worst.group else worst.visit.name
        told.append(
            f"Many changes are missing ({where}: {round(100 * worst.share)}% of those who could "
            "have one). Who stays may differ from who leaves; means of those who stayed do not "
            "tell. A mixed model leans on less: see the R script."
        )
    if len(series.packages) > 1:
        told.append(
            "Several models scored these photos. Nobody's change is between two models, but "
            "means are over people scored by different ones."
        )
    asked = series.asked
    if asked.by_arm and asked.study.state != Study.State.CLOSED:
        told.append(
            "The study goes on. Whoever compares arms again and again finds differences by "
            "chance: what counts is the analysis that was planned beforehand."
        )
    if found.changed and not found.smallest:
        told.append(
            "How far repeated photos of unchanged skin differ is known neither from this study "
            "nor from its model: nobody can be called a responder."
        )
    return told


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

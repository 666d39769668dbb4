"""Analysis of covariance of the change at one visit: adjusted for baseline and strata.

Ordinary least squares (statsmodels): ``change = group + baseline + strata + error``. Adjusting the
change for baseline tests groups exactly as adjusting the severity itself does (Laird, American
Statistician 37 (1983) 329-330): only the slope of the baseline is less by one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inference.change.figures.means import LEVEL

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FREEDOM = 10  # residual degrees of freedom below which nothing is fitted
SMALL = 5  # levels of a stratum with fewer people at the visit are put together
TOGETHER = "others"
_NOTHING = 1e-9  # points: what varies less is rounding


@dataclass(frozen=True)
class Row:
    """One person at one visit. ``strata``: name → level; ``group`` is empty where all are one."""

    change: float
    baseline: float
    strata: Mapping[str, str] = field(default_factory=dict)
    group: str = ""


@dataclass(frozen=True)
class Figure:
    """An estimate, its 95 % interval and its p value against nought."""

    value: float
    low: float
    high: float
    p: float
    error: float

    @property
    def ends(self) -> tuple[float, float, float]:
        """The estimate with its interval."""
        return self.value, self.low, self.high

    def as_dict(self) -> dict[str, float | None]:
        """The shape the filter ``points`` writes."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Ancova:
    """What the model says of one visit; nothing but ``n`` and ``why`` where it was not fitted.

    Attributes:
        means: Group → mean change at the mean baseline of all, strata in their shares among all.
        differences: Group → its mean less that of ``against``.
        slope: Change for each point of baseline.
        p_groups: Of an F test that all groups are alike.
        p_slopes: Of an F test that the slope of baseline is the same in each group.
        terms: The strata in the model.
        left_out: Name of a term → why it is not in it.
        sd: Residual standard deviation, in points.
    """

    n: int
    why: str = ""
    against: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    means: Mapping[str, Figure] = field(default_factory=dict)
    differences: Mapping[str, Figure] = field(default_factory=dict)
    slope: Figure | None = None
    p_groups: float | None = None
    p_slopes: float | None = None
    terms: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    freedom: int = 0
    sd: float | None = None
    r2: float | None = None
    baseline: float | None = None  # the mean at which groups are compared


def ancova(
    rows: Sequence[Row], *, groups: Sequence[str] = ("",), against: str = "", strata: Sequence[str]
) -> Ancova:
    """The model over ``rows`` with finite change and baseline.

    ``groups`` in their order; those without two people are left out. ``strata`` in the order in
    which they are taken in: one with a single level, or that cannot be told apart from what is in
    already, is left out, and it is said.
    """
    known = [row for row in rows if math.isfinite(row.change) and math.isfinite(row.baseline)]
    counted = Counter(row.group for row in known)
    shown = [group for group in groups if counted[group] > 1]
    known = [row for row in known if row.group in shown]
    counts = {group: counted[group] for group in groups}
    if not known:
        return Ancova(0, "Too few people have a change here.", counts=counts)
    design = _design(known, shown, against if against in shown else shown[0], strata)
    freedom = len(known) - len(design.names)
    if freedom < FREEDOM:
        why = (
            f"Not fitted: {len(known)} people and {len(design.names)} terms leave "
            f"{max(freedom, 0)} degrees of freedom; {FREEDOM} are wanted."
        )
        return Ancova(len(known), why, counts=counts, left_out=design.left_out)
    return _fitted(design, counts)


@dataclass
class _Design:
    """The columns of the model, all but the first and the groups' centred at nought."""

    names: list[str]
    columns: list[Floats]
    change: Floats
    baseline: Floats
    member: dict[str, Floats]
    against: str
    terms: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def x(self) -> Floats:
        import numpy as np

        return np.column_stack(self.columns)

    def take(self, names: Sequence[str], columns: Sequence[Floats]) -> bool:
        """Take these in, if they can be told apart from what is in."""
        import numpy as np

        together = np.column_stack([*self.columns, *columns])
        if np.linalg.matrix_rank(together) < together.shape[1]:
            return False
        self.names += names
        self.columns += columns
        return True


def _design(
    rows: Sequence[Row], groups: Sequence[str], against: str, strata: Sequence[str]
) -> _Design:
    import numpy as np

    member = {group: np.array([row.group == group for row in rows], np.float64) for group in groups}
    baseline = np.array([row.baseline for row in rows], np.float64)
    design = _Design(
        ["mean"],
        [np.ones(len(rows))],
        np.array([row.change for row in rows], np.float64),
        baseline,
        member,
        against,
    )
    for group in groups:
        if group != against:
            design.take([f"group {group}"], [member[group]])
    if np.ptp(baseline) < _NOTHING or not design.take(["baseline"], [baseline - baseline.mean()]):
        design.left_out["baseline"] = "it is the same in everybody"
    for name in strata:
        _take_stratum(design, name, [row.strata.get(name, "") for row in rows])
    return design


def _take_stratum(design: _Design, name: str, levels: Sequence[str]) -> None:
    import numpy as np

    sizes = Counter(levels)
    small = {level for level, size in sizes.items() if size < SMALL}
    merged = [TOGETHER if level in small and len(small) > 1 else level for level in levels]
    order = [level for level, _size in Counter(merged).most_common()]
    if len(order) < 2:
        design.left_out[name] = "everybody is in one level of it"
        return
    columns = []
    for level in order[1:]:
        column = np.array([one == level for one in merged], np.float64)
        columns.append(column - column.mean())
    if design.take([f"{name} {level}" for level in order[1:]], columns):
        design.terms.append(name)
    else:
        design.left_out[name] = "it cannot be told apart from what is in the model already"


def _fitted(design: _Design, counts: Mapping[str, int]) -> Ancova:
    import numpy as np
    from statsmodels.regression.linear_model import OLS

    fit = OLS(design.change, design.x).fit()
    n, sd = len(design.change), float(np.sqrt(fit.mse_resid))
    if sd < _NOTHING:
        why = "Not fitted: the changes follow exactly from the baseline, so nothing is left over."
        return Ancova(n, why, counts=counts, left_out=design.left_out)
    means, differences = {}, {}
    for group in design.member:
        weights = np.eye(len(design.names))[0]
        if group != design.against:
            own = np.eye(len(design.names))[design.names.index(f"group {group}")]
            differences[group] = _figure(fit, own)
            weights = weights + own
        means[group] = _figure(fit, weights)
    return Ancova(
        n=n,
        against=design.against,
        counts=counts,
        means=means,
        differences=differences,
        slope=_slope(fit, design),
        p_groups=_p_groups(fit, design),
        p_slopes=_p_slopes(fit, design),
        terms=tuple(design.terms),
        left_out=design.left_out,
        freedom=int(fit.df_resid),
        sd=sd,
        r2=float(fit.rsquared),
        baseline=float(design.baseline.mean()),
    )


def _figure(fit: Any, weights: Floats) -> Figure:
    """The sum of the coefficients, each by its weight."""
    tested = fit.t_test(weights)
    low, high = tested.conf_int(alpha=1 - LEVEL)[0]
    return Figure(
        float(tested.effect[0]),
        float(low),
        float(high),
        float(tested.pvalue),
        float(tested.sd[0, 0]),
    )


def _slope(fit: Any, design: _Design) -> Figure | None:
    import numpy as np

    if "baseline" not in design.names:
        return None
    return _figure(fit, np.eye(len(design.names))[design.names.index("baseline")])


def _p_groups(fit: Any, design: _Design) -> float | None:
    import numpy as np

    places = [k for k, name in enumerate(design.names) if name.startswith("group ")]
    return float(fit.f_test(np.eye(len(design.names))[places]).pvalue) if places else None


def _p_slopes(fit: Any, design: _Design) -> float | None:
    """Of the model with a slope for each group against the one fitted; ``None`` where it has none.

    With fewer than ``FREEDOM`` degrees of freedom left it is not asked.
    """
    import numpy as np
    from statsmodels.regression.linear_model import OLS

    others = [group for group in design.member if group != design.against]
    if not others or "baseline" not in design.names:
        return None
    centred = design.baseline - design.baseline.mean()
    larger = np.column_stack([design.x, *(design.member[group] * centred for group in others)])
    full = np.linalg.matrix_rank(larger) == larger.shape[1]
    if not full or len(larger) - larger.shape[1] < FREEDOM:
        return None
    return float(OLS(design.change, larger).fit().compare_f_test(fit)[1])

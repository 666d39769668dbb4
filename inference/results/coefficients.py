"""The coefficients that fit each kind of scale: their names, what they mean, how they are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inference.reading.scales import Kind

if TYPE_CHECKING:
    from inference.agreement.intervals import Coefficient

Make = Callable[[int, int], "Coefficient"]  # of so many grades and readers


@dataclass(frozen=True)
class Named:
    """A coefficient of all readers together.

    Attributes:
        says: What it is, in words for a page.
        whole: It is computed over the cases that all readers graded, so readers who graded few
            are left out of it.
        share: It is a share and not corrected for chance.
    """

    code: str
    label: str
    says: str
    make: Make
    whole: bool = False
    share: bool = False


def _kappa(kind: str) -> Make:
    def make(grades: int, readers: int) -> Coefficient:
        from inference.agreement.several import MeanOfPairs

        return MeanOfPairs(_of_two_grades(f"kappa_{kind}", grades), readers)

    return make


def _of_two_grades(code: str, grades: int) -> Coefficient:
    from inference.agreement import chance_corrected as chance

    if code == "ac2_quadratic":
        return chance.GwetAC(grades, "quadratic")
    if code == "alpha_ordinal":
        return chance.KrippendorffAlpha(grades, "ordinal")
    kinds = {"kappa_quadratic": "quadratic", "kappa_linear": "linear"}
    return chance.CohenKappa.weighted(kinds.get(code, "identity"), grades)  # type: ignore[arg-type]


def _ac(kind: str) -> Make:
    def make(grades: int, readers: int) -> Coefficient:
        from inference.agreement.chance_corrected import GwetAC

        return GwetAC(grades, kind)  # type: ignore[arg-type]

    return make


def _fleiss(grades: int, readers: int) -> Coefficient:
    from inference.agreement.chance_corrected import FleissKappa

    return FleissKappa(grades)


def _alpha_ordinal(grades: int, readers: int) -> Coefficient:
    return _of_two_grades("alpha_ordinal", grades)


def _alpha_interval(grades: int, readers: int) -> Coefficient:
    from inference.agreement.several import IntervalAlpha

    return IntervalAlpha()


def _icc(form: str) -> Make:
    def make(grades: int, readers: int) -> Coefficient:
        from inference.agreement.icc import ICC

        return ICC(form)  # type: ignore[arg-type]

    return make


def _within(distance: float) -> Make:
    def make(grades: int, readers: int) -> Coefficient:
        from inference.agreement.several import ShareWithin

        return ShareWithin(distance)

    return make


_ICCS = (
    Named("icc_2_1", "ICC(2,1)", "one reader; readers drawn from many, absolute agreement",
          _icc("2,1"), whole=True),
    Named("icc_3_1", "ICC(3,1)", "one reader; these readers, consistency", _icc("3,1"), whole=True),
    Named("icc_1_1", "ICC(1,1)", "one reader; each case as if by other readers", _icc("1,1"),
          whole=True),
    Named("icc_2_k", "ICC(2,k)", "the mean of all readers, absolute agreement", _icc("2,k"),
          whole=True),
    Named("icc_3_k", "ICC(3,k)", "the mean of all readers, consistency", _icc("3,k"), whole=True),
    Named("icc_1_k", "ICC(1,k)", "the mean of all readers, each case as if by others", _icc("1,k"),
          whole=True),
)  # fmt: skip
_OF_GRADES = (
    Named("kappa_quadratic", "Weighted kappa, quadratic",
          "Cohen's, the mean over all pairs of readers; far apart weighs more",
          _kappa("quadratic")),
    Named("kappa_linear", "Weighted kappa, linear",
          "Cohen's, the mean over all pairs of readers; each step weighs the same",
          _kappa("linear")),
    Named("kappa", "Kappa, without weights",
          "Cohen's, the mean over all pairs of readers; only equal grades count",
          _kappa("identity")),
    Named("fleiss", "Fleiss' kappa", "all readers at once; only equal grades count", _fleiss),
    Named("alpha_ordinal", "Krippendorff's alpha, ordinal",
          "all readers at once, with gaps; by the order of grades", _alpha_ordinal),
    Named("ac2_quadratic", "Gwet's AC2, quadratic",
          "steady where nearly all cases have one grade", _ac("quadratic")),
    Named("ac2_linear", "Gwet's AC2, linear", "the same; each step weighs the same", _ac("linear")),
    Named("ac1", "Gwet's AC1", "the same; only equal grades count", _ac("identity")),
    *_ICCS,
    Named("exact", "Equal grades", "of all pairs of readers; nothing is taken off for chance",
          _within(0), share=True),
    Named("within_one", "Within one step", "of all pairs of readers; nothing is taken off for "
          "chance", _within(1), share=True),
)  # fmt: skip
_OF_NUMBERS = (
    *_ICCS,
    Named("alpha_interval", "Krippendorff's alpha, interval",
          "all readers at once, with gaps", _alpha_interval),
)  # fmt: skip
_OF_COUNTS = (
    Named("exact", "Equal counts", "of all pairs of readers", _within(0), share=True),
    Named("within_one", "Within one lesion", "of all pairs of readers", _within(1), share=True),
)


def coefficients_for(kind: Kind, primary: str) -> list[Named]:
    """Those that fit a kind of scale, the primary one first."""
    named = _OF_GRADES if kind is Kind.GRADES else _OF_NUMBERS
    found = [*named, *(_OF_COUNTS if kind is Kind.COUNT else ())]
    return sorted(found, key=lambda one: one.code != primary)


def of_two(kind: Kind, primary: str, grades: int) -> Coefficient:
    """The primary coefficient of two readers, such as a reader and the consensus."""
    if kind is Kind.GRADES and not primary.startswith("icc"):
        return _of_two_grades(primary, grades)
    made = {one.code: one.make for one in (*_OF_GRADES, *_OF_NUMBERS)}
    return made[primary](grades, 2)


def label_of(code: str) -> str:
    """A coefficient's name."""
    labels = {one.code: one.label for one in (*_OF_GRADES, *_OF_NUMBERS)}
    return labels[code]

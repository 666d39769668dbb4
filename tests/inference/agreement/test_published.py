"""Coefficients against the tables of the papers that define them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.agreement.chance_corrected import (
    CohenKappa,
    FleissKappa,
    GwetAC,
    KrippendorffAlpha,
    Metric,
)
from inference.agreement.icc import ICC, Form, MeanSquares
from inference.agreement.limits import bland_altman
from inference.agreement.ratings import Floats, Ratings
from inference.agreement.weights import Weighting, from_disagreement, weights_of

PUBLISHED: dict[str, Any] = json.loads((Path(__file__).parent / "files/published.json").read_text())
ICCS: tuple[Form, ...] = ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k")


def ratings_of_table(table: list[list[int]]) -> Ratings:
    """Each case of a table of two readers, in a row."""
    rows = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    return Ratings.of(rows, grades=len(table))


def ratings_of_counts(counts: list[list[int]]) -> Ratings:
    rows = [[grade for grade, n in enumerate(row) for _ in range(n)] for row in counts]
    return Ratings.of(rows, grades=len(counts[0]))


@pytest.fixture
def krippendorff() -> Ratings:
    observed = np.array(PUBLISHED["krippendorff_2011"]["observers_x_units"], np.float64)
    return Ratings.of(observed.T - 1, grades=5)


def test_cohen_1968() -> None:
    known = PUBLISHED["cohen_1968"]
    ratings = ratings_of_table(known["table"])
    weights: dict[str, Floats] = {
        "kappa": weights_of("identity", 3),
        "kappa_w": from_disagreement(known["disagreement_weights"]),
        "linear": weights_of("linear", 3),
        "quadratic": weights_of("quadratic", 3),
    }
    for name, matrix in weights.items():
        kappa = CohenKappa(3, matrix)
        value = kappa.value(kappa.sums(ratings).sum(axis=0))
        assert value == pytest.approx(known["computed"][name], abs=1e-6), name
    assert known["published"]["kappa_w"] == round(known["computed"]["kappa_w"], 3)


def test_fleiss_1971() -> None:
    known = PUBLISHED["fleiss_14_raters"]
    kappa = FleissKappa(5)
    value = kappa.value(kappa.sums(ratings_of_counts(known["counts"])).sum(axis=0))
    assert value == pytest.approx(known["computed"], abs=1e-9)
    assert round(float(value), 2) == known["published"]


@pytest.mark.parametrize("metric", ["nominal", "ordinal", "interval", "ratio"])
def test_krippendorff_2011_with_gaps(krippendorff: Ratings, metric: Metric) -> None:
    known = PUBLISHED["krippendorff_2011"]
    alpha = KrippendorffAlpha(5, metric)
    value = float(alpha.value(alpha.sums(krippendorff).sum(axis=0)))
    assert value == pytest.approx(known["computed"][metric], abs=1e-6)
    assert round(value, 3) == known["published"][metric]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("AC1_identity", "identity"),
        ("AC2_ordinal", "ordinal"),
        ("AC2_linear", "linear"),
        ("AC2_quadratic", "quadratic"),
    ],
)
def test_gwet_with_gaps(krippendorff: Ratings, name: str, kind: Weighting) -> None:
    coefficient = GwetAC(5, kind)
    value = coefficient.value(coefficient.sums(krippendorff).sum(axis=0))
    assert value == pytest.approx(PUBLISHED["gwet_same_ratings"][name][0], abs=1e-5)


def test_fleiss_with_gaps(krippendorff: Ratings) -> None:
    kappa = FleissKappa(5)
    value = kappa.value(kappa.sums(krippendorff).sum(axis=0))
    assert value == pytest.approx(PUBLISHED["gwet_same_ratings"]["fleiss_identity"][0], abs=1e-5)


@pytest.mark.parametrize("form", ICCS)
def test_shrout_and_fleiss_1979(form: Form) -> None:
    known = PUBLISHED["shrout_fleiss_1979"]
    coefficient = ICC(form)
    totals = coefficient.sums(Ratings.of(known["data"])).sum(axis=0)
    value = float(coefficient.value(totals))
    expected, low, high = known["computed"][f"ICC({form})"]
    assert value == pytest.approx(expected, abs=1e-4)
    assert round(value, 2) == known["published"][f"ICC({form})"]
    assert MeanSquares.of(totals).interval(form, 0.975) == pytest.approx((low, high), abs=0.0051)


def test_bland_and_altman_1986() -> None:
    known = PUBLISHED["bland_altman_1986_pefr"]
    found = bland_altman(known["mini_wright"], known["wright"], list(range(17)))
    computed = known["computed"]
    assert found.mean.value == pytest.approx(computed["bias"])
    assert found.sd == pytest.approx(computed["sd"])
    assert (found.lower.value, found.upper.value) == pytest.approx(
        computed["limits_1.96sd"], abs=1e-5
    )
    assert (found.mean.low, found.mean.high) == pytest.approx(computed["bias_ci"], abs=1e-5)
    assert found.mean.value is not None
    assert round(found.mean.value, 1) == known["published"]["bias"]
    half = computed["t_16"] * computed["se_limit"]
    assert found.lower.low == pytest.approx(computed["limits_1.96sd"][0] - half, abs=1e-4)
    assert found.upper.high == pytest.approx(computed["limits_1.96sd"][1] + half, abs=1e-4)

"""The figures of change against published values and closed forms; few, equal and missing values.

Analysis of covariance: the leprosy data of Snedecor and Cochran, *Statistical Methods* (6th edition
1967, page 422), as in the example “Analysis of Covariance” of the SAS/STAT User's Guide (PROC GLM),
whose output the numbers are. Means: Student's sleep data (Biometrika 6 (1908) 1-25), as R prints
them for ``t.test(extra ~ group, data = sleep, paired = TRUE)``. Shares: the examples of Newcombe
(Statistics in Medicine 17 (1998) 857-890).
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from inference.change.figures.ancova import Ancova, Row, ancova
from inference.change.figures.means import mean_of, quantile
from inference.change.figures.peers import age_group, skin_group, standing, table
from inference.change.figures.responders import difference, shares_of, verdict, wilson

LEPROSY = {
    "A": "11 6 8 0 5 2 14 8 19 11 6 4 10 13 6 1 11 8 3 0",
    "D": "6 0 6 2 7 3 8 1 18 18 8 4 19 14 8 9 5 1 15 9",
    "F": "16 13 13 10 11 18 9 5 21 23 16 12 12 5 12 16 7 1 12 20",
}
SLEEP = [
    (0.7, 1.9), (-1.6, 0.8), (-0.2, 1.1), (-1.2, 0.1), (-0.1, -0.1), (3.4, 4.4), (3.7, 5.5),
    (0.8, 1.6), (0.0, 4.6), (2.0, 3.4),
]  # fmt: skip


def leprosy(*, change: bool) -> list[Row]:
    rows = []
    for drug, told in LEPROSY.items():
        numbers = [float(number) for number in told.split()]
        for before, after in zip(numbers[::2], numbers[1::2], strict=True):
            rows.append(Row(after - before if change else after, before, {}, drug))
    return rows


def fitted(**options: object) -> Ancova:
    rows = leprosy(change=True)
    return ancova(rows, groups=("A", "D", "F"), against="F", strata=(), **options)  # type: ignore[arg-type]


# --- Analysis of covariance --------------------------------------------------------------------


def test_the_leprosy_data_give_what_was_published() -> None:
    """Of the bacilli after treatment, as they were analysed."""
    found = ancova(leprosy(change=False), groups=("A", "D", "F"), against="F", strata=())
    assert found.freedom == 26
    assert found.sd == pytest.approx(4.005778, abs=1e-6)
    assert found.r2 == pytest.approx(0.676261, abs=1e-6)
    assert found.slope is not None
    assert (found.slope.value, found.slope.error) == pytest.approx((0.987183811, 0.16449757))
    published = {
        "A": (-3.446138280, 1.88678065, 0.0793),
        "D": (-3.337166948, 1.85386642, 0.0835),
    }
    for drug, (value, error, p) in published.items():
        one = found.differences[drug]
        assert (one.value, one.error) == pytest.approx((value, error))
        assert one.p == pytest.approx(p, abs=5e-5)
    adjusted = {
        "A": (6.7149635, 1.2884943),
        "D": (6.8239348, 1.2724690),
        "F": (10.1611017, 1.3159234),
    }
    for drug, numbers in adjusted.items():
        assert (found.means[drug].value, found.means[drug].error) == pytest.approx(numbers)
    assert found.p_groups == pytest.approx(0.1384, abs=5e-5)


def test_of_the_change_the_groups_differ_the_same() -> None:
    after = ancova(leprosy(change=False), groups=("A", "D", "F"), against="F", strata=())
    change = fitted()
    assert change.slope is not None
    assert after.slope is not None
    assert change.slope.value == pytest.approx(after.slope.value - 1)
    for drug in ("A", "D"):
        one, other = change.differences[drug], after.differences[drug]
        assert (one.value, one.low, one.high, one.p) == pytest.approx(
            (other.value, other.low, other.high, other.p)
        )
    assert change.p_groups == pytest.approx(after.p_groups)


def test_an_interval_is_students() -> None:
    one = fitted().differences["A"]
    half = stats.t.ppf(0.975, 26) * one.error
    assert (one.low, one.high) == pytest.approx((one.value - half, one.value + half))


def test_slopes_alike_is_the_f_test_of_the_interaction() -> None:
    """By hand: residual squares of a line for each drug against parallel ones."""
    rows = leprosy(change=True)
    apart = 0.0
    for drug in LEPROSY:
        x, y = np.array([(row.baseline, row.change) for row in rows if row.group == drug]).T
        line = stats.linregress(x, y)
        apart += float(((y - line.intercept - line.slope * x) ** 2).sum())
    found = fitted()
    assert found.sd is not None
    together = found.sd**2 * 26
    statistic = ((together - apart) / 2) / (apart / 24)
    assert found.p_slopes == pytest.approx(float(stats.f.sf(statistic, 2, 24)))


def test_all_together_the_mean_is_the_plain_one_with_a_narrower_interval() -> None:
    rows = [replace(row, group="") for row in leprosy(change=False)]
    found, plain = ancova(rows, strata=()), mean_of([row.change for row in rows])
    assert plain.low is not None
    assert found.means[""].value == pytest.approx(plain.value)
    assert found.means[""].low > plain.low
    assert (found.differences, found.p_groups, found.p_slopes) == ({}, None, None)


def test_strata_are_weighed_by_their_shares_in_all() -> None:
    """Against the normal equations, solved here, with means at the observed shares."""
    sites = ["S1"] * 18 + ["S2"] * 12
    rows = [
        replace(row, strata={"site": site})
        for row, site in zip(leprosy(change=True), sites[::-1], strict=True)
    ]
    found = ancova(rows, groups=("A", "D", "F"), against="A", strata=("site",))
    y = np.array([row.change for row in rows])
    x = np.array(
        [
            [1, row.group == "D", row.group == "F", row.baseline, row.strata["site"] == "S2"]
            for row in rows
        ],
        np.float64,
    )
    b = np.linalg.solve(x.T @ x, x.T @ y)
    at = [1, 0, 0, np.mean(x[:, 3]), np.mean(x[:, 4])]
    assert found.terms == ("site",)
    assert found.means["A"].value == pytest.approx(float(np.dot(at, b)))
    assert found.differences["F"].value == pytest.approx(b[2])


def test_small_strata_are_put_together_and_useless_ones_left_out() -> None:
    rows = [
        replace(row, strata={"site": f"S{k % 15}" if k < 15 else "BIG", "one": "x", "again": sex})
        for k, (row, sex) in enumerate(zip(leprosy(change=True), "FM" * 15, strict=True))
    ]
    rows = [replace(row, strata={**row.strata, "same": row.strata["again"]}) for row in rows]
    found = ancova(
        rows, groups=("A", "D", "F"), against="A", strata=("site", "one", "again", "same")
    )
    assert found.freedom == 30 - 3 - 1 - 1 - 1
    assert found.terms == ("site", "again")
    assert set(found.left_out) == {"one", "same"}
    assert "told apart" in found.left_out["same"]


def test_nothing_is_fitted_to_too_few() -> None:
    rows = leprosy(change=True)[:13]
    assert ancova(rows, groups=("A", "D"), strata=()).freedom == 10
    few = ancova(rows[:12], groups=("A", "D"), strata=())
    assert (few.means, few.n) == ({}, 12)
    assert "9 degrees of freedom" in few.why
    assert ancova([], strata=()).why == "Too few people have a change here."


def test_a_group_of_one_is_left_out_and_counted() -> None:
    rows = [row for row in leprosy(change=True) if row.group != "D"]
    rows.append(Row(5.0, 4.0, {}, "D"))
    found = ancova(rows, groups=("A", "D", "F"), against="D", strata=())
    assert set(found.means) == {"A", "F"}
    assert (found.n, found.counts["D"], found.against) == (20, 1, "A")


def test_missing_and_endless_values_count_for_nothing() -> None:
    rows = [*leprosy(change=True), Row(math.nan, 1.0, {}, "A"), Row(1.0, math.inf, {}, "A")]
    found = ancova(rows, groups=("A", "D", "F"), against="F", strata=())
    assert found == fitted()


def test_equal_baselines_are_no_term_and_equal_changes_no_model() -> None:
    rows = [Row(float(k % 5), 40.0) for k in range(20)]
    found = ancova(rows, strata=())
    assert (found.slope, found.left_out) == (None, {"baseline": "it is the same in everybody"})
    equal = ancova([Row(-3.0, float(k)) for k in range(20)], strata=())
    assert "nothing is left over" in equal.why
    assert equal.means == {}


# --- Means -------------------------------------------------------------------------------------


def test_the_sleep_data_give_what_r_prints() -> None:
    found = mean_of([second - first for first, second in SLEEP])
    assert (found.n, found.value) == (10, pytest.approx(1.58))
    assert (found.low, found.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-7)
    assert found.sd == pytest.approx(1.229995, abs=1e-6)
    assert found.why == ""


def test_quantiles_are_numpys() -> None:
    values = [3.0, -1.0, 8.5, 2.0, 2.0, 7.0]
    for share in (0.0, 0.1, 0.25, 0.5, 0.9, 1.0):
        assert quantile(values, share) == pytest.approx(np.quantile(values, share))


def test_what_is_missing_is_no_value() -> None:
    found = mean_of([None, math.nan, 4.0, math.inf, 6.0])
    assert (found.n, found.value, found.median) == (2, 5.0, 5.0)


@pytest.mark.parametrize(
    ("values", "n", "why"),
    [
        ([], 0, "Nobody"),
        ([None, math.nan], 0, "Nobody"),
        ([5.0], 1, "One person"),
        ([2.0] * 20, 20, "All changes are equal"),
        ([1.0, 2.0, 4.0], 3, "Fewer than 10 people"),
    ],
)
def test_few_and_equal_values_say_so(values: list[float | None], n: int, why: str) -> None:
    found = mean_of(values)
    assert (found.n, why in found.why) == (n, True)
    assert (found.low is None) == (n < 2)


# --- Shares ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_a_share_has_newcombes_interval(count: int, of: int, low: float, high: float) -> None:
    found = wilson(count, of)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
    assert (found.low, found.high) == pytest.approx(proportion_confint(count, of, method="wilson"))


def test_a_difference_of_shares_has_newcombes_interval() -> None:
    found = difference(wilson(56, 70), wilson(48, 80))
    assert found == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert found is not None
    assert found[1:] == pytest.approx(confint_proportions_2indep(56, 70, 48, 80, method="newcomb"))
    assert difference(wilson(0, 0), wilson(1, 2)) is None


def test_a_share_of_nothing_and_of_all() -> None:
    assert wilson(0, 0).value is None
    assert wilson(0, 0).low is None
    assert (wilson(7, 7).high, wilson(0, 7).low) == (1.0, 0.0)


def test_a_change_of_just_the_noise_is_within_it() -> None:
    assert [verdict(change, 8.0) for change in (-8.0, -8.1, 8.0, 8.1, 0.0)] == [
        "within", "improved", "within", "worsened", "within",
    ]  # fmt: skip
    shares = shares_of(["improved", "improved", "within", "worsened"])
    assert {name: share.count for name, share in shares.items()} == {
        "improved": 2,
        "within": 1,
        "worsened": 1,
    }


# --- Peers -------------------------------------------------------------------------------------


def test_somebody_stands_among_thirty_at_least() -> None:
    peers = [float(k) for k in range(30)]
    found = standing(15.0, peers)
    assert found is not None
    assert found.percentile == pytest.approx(100 * 15.5 / 30)
    assert found.percentile == pytest.approx(stats.percentileofscore(peers, 15.0, kind="mean"))
    assert found.low < found.percentile < found.high
    assert standing(15.0, peers[:29]) is None
    assert standing(15.0, [*peers[:29], math.nan]) is None
    assert standing(15.0, [15.0] * 40) is not None


def test_cells_with_fewer_than_thirty_have_no_percentiles() -> None:
    lines = table(
        {
            ("", "I–II"): [1.0] * 40,
            ("30–39", "III–IV"): [float(k) for k in range(31)],
            ("18–29", "III–IV"): [1.0] * 29,
        }
    )
    assert [(line.age, line.n, bool(line.points)) for line in lines] == [
        ("18–29", 29, False),
        ("30–39", 31, True),
        ("", 40, True),
    ]
    assert lines[1].points == pytest.approx([3.0, 7.5, 15.0, 22.5, 27.0])


def test_ages_and_skins_have_their_cells() -> None:
    ages = (None, 17, 18, 29, 30, 69, 70, 93)
    assert [age_group(age) for age in ages] == [
        "", "under 18", "18–29", "18–29", "30–39", "60–69", "70 and over", "70 and over",
    ]  # fmt: skip
    assert [skin_group(kind) for kind in (None, 1, 2, 3, 6)] == [
        "",
        "I–II",
        "I–II",
        "III–IV",
        "V–VI",
    ]

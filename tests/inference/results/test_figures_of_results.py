"""The figures kept of a closed reading study are those of the plain computation and of papers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.agreement.chance_corrected import CohenKappa
from inference.agreement.intervals import estimate
from inference.agreement.limits import bland_altman
from inference.agreement.ratings import Ratings
from inference.agreement.readers import leave_one_out
from inference.agreement.several import MeanOfPairs
from inference.results.services.frame import age_group, frame_of
from inference.results.services.measuring import measure
from participants.people.models import Participant
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.reading.making import make_photos
from tests.inference.results.making import add_unreadable, computed, grades, make_closed
from tests.inference.scoring.factories import RunFactory, ScoreFactory, StudyModelFactory

pytestmark = pytest.mark.django_db
PUBLISHED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "agreement/files/published.json").read_text()
)
NAN = np.nan


def coefficient(figures: dict[str, Any], code: str, scale: int = 0) -> dict[str, Any]:
    return next(one for one in figures["scales"][scale]["coefficients"] if one["code"] == code)


def random_grades(cases: int, readers: int, *, of: int = 4, seed: int = 1) -> Any:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, of, cases)
    noise = rng.integers(-1, 2, (cases, readers))
    return np.clip(truth[:, None] + noise, 0, of - 1).astype(float)


# --- Published tables, through rows --------------------------------------------------------------


def test_cohens_table(team: Team) -> None:
    known = PUBLISHED["cohen_1968"]
    table = [
        (i, j) for i, row in enumerate(known["table"]) for j, n in enumerate(row) for _ in range(n)
    ]
    photos = make_photos(team, 1) * len(table)
    study = make_closed(team, photos, table, scales=[{"grades": grades(3)}])
    figures = computed(study)
    for code, name in (
        ("kappa", "kappa"), ("kappa_linear", "linear"), ("kappa_quadratic", "quadratic"),
    ):  # fmt: skip
        found = coefficient(figures, code)["value"]
        assert found == pytest.approx(known["computed"][name], abs=1e-6)
    assert coefficient(figures, "kappa")["people"] == 1
    assert "fewer than 5 people" in coefficient(figures, "kappa")["why"]
    assert figures["scales"][0]["confusion"]["pairs"][0]["table"] == known["table"]


def test_krippendorffs_and_gwets_data_with_gaps(team: Team) -> None:
    observed = np.array(
        [
            [NAN if value is None else value for value in row]
            for row in PUBLISHED["krippendorff_2011"]["observers_x_units"]
        ],
        np.float64,
    )
    study = make_closed(team, make_photos(team, 12), observed.T - 1, scales=[{"grades": grades(5)}])
    figures = computed(study)
    assert round(coefficient(figures, "alpha_ordinal")["value"], 3) == 0.815
    known = PUBLISHED["gwet_same_ratings"]
    for code, name in (
        ("ac1", "AC1_identity"), ("ac2_linear", "AC2_linear"), ("ac2_quadratic", "AC2_quadratic"),
        ("fleiss", "fleiss_identity"),
    ):  # fmt: skip
        assert coefficient(figures, code)["value"] == pytest.approx(known[name][0], abs=1e-5)


def test_shrout_and_fleisss_table(team: Team) -> None:
    known = PUBLISHED["shrout_fleiss_1979"]
    scale = {"kind": "line", "grades": [], "primary": "icc_2_1"}
    study = make_closed(team, make_photos(team, 6), known["data"], scales=[scale])
    figures = computed(study)
    for form in ("1,1", "2,1", "3,1", "1,k", "2,k", "3,k"):
        found = coefficient(figures, f"icc_{form.replace(',', '_')}")
        assert round(found["value"], 2) == known["published"][f"ICC({form})"]
        low, high = known["computed"][f"ICC({form})"][1:]
        assert (found["low"], found["high"]) == pytest.approx((low, high), abs=0.0051)
    first = figures["scales"][0]["coefficients"][0]
    assert (first["code"], figures["scales"][0]["primary"]) == ("icc_2_1", "icc_2_1")


def test_bland_and_altmans_pairs(team: Team) -> None:
    known = PUBLISHED["bland_altman_1986_pefr"]
    table = np.column_stack([known["mini_wright"], known["wright"]]) / 10  # within 0 to 100
    scale = {"kind": "line", "grades": [], "primary": "icc_2_1"}
    study = make_closed(team, make_photos(team, 17), table, scales=[scale])
    (limits,) = computed(study)["scales"][0]["limits"]
    low, high = known["computed"]["limits_1.96sd"]
    assert limits["mean"]["value"] == pytest.approx(known["computed"]["bias"] / 10)
    assert limits["lower"]["value"] == pytest.approx(low / 10, abs=1e-5)
    assert limits["upper"]["value"] == pytest.approx(high / 10, abs=1e-5)
    assert len(limits["points"]) == 17


# --- The plain computation -----------------------------------------------------------------------


def test_figures_equal_the_plain_computation(team: Team) -> None:
    photos = make_photos(team, 30, visits=2)
    table = random_grades(60, 3)
    study = make_closed(team, photos, table)
    figures = computed(study)
    people = [photo.visit.participant_id for photo in photos]
    ratings = Ratings.of(table, people=people, grades=4)
    kappa = CohenKappa.weighted("quadratic", 4)
    plain = estimate(MeanOfPairs(kappa, 3), ratings)
    found = coefficient(figures, "kappa_quadratic")
    assert (found["value"], found["low"], found["high"]) == (plain.value, plain.low, plain.high)
    assert (found["cases"], found["people"]) == (60, 30)
    pair = estimate(kappa, ratings.of_readers(0, 2))
    shown = figures["scales"][0]["pairs"][1]
    assert (shown["first"], shown["second"], shown["value"]) == (0, 2, pair.value)
    assert figures["readings"] == 180
    assert figures["readers"][1]["name"] == "Reader 2"


def test_repeats_drift_and_time_are_each_readers_own(team: Team) -> None:
    photos = make_photos(team, 12)
    first = random_grades(12, 2)
    again = np.full_like(first, NAN)
    again[:6, 0] = np.clip(first[:6, 0] + [1, 0, 0, -1, 0, 0], 0, 3)
    study = make_closed(team, photos, first, again=[again])
    figures = computed(study)
    own, other = figures["scales"][0]["readers"]
    moved = float(np.sum((again[:6, 0] - first[:6, 0]) ** 2))
    assert own["sd"]["value"] == pytest.approx((moved / 12) ** 0.5)
    assert own["smallest_change"] == pytest.approx(1.96 * 2**0.5 * (moved / 12) ** 0.5)
    assert other["repeats"]["value"] is None
    assert other["repeats"]["cases"] == 0
    assert [reader["repeats"] for reader in figures["readers"]] == [6, 0]
    seconds = sorted([2 + n / 100 for n in range(12)] + [2 + n / 100 for n in range(6)])
    assert figures["readers"][0]["seconds"]["value"] == pytest.approx(np.median(seconds))


def scored(photos: Any, severities: Any, package: Any) -> None:
    for photo, severity in zip(photos, severities, strict=True):
        grade = ["none", "mild", "moderate", "severe"][int(severity / 100 * 3 + 0.5)]
        ScoreFactory(run=RunFactory(photo=photo, package=package), condition_id="wrinkles",
                     severity=severity, grade=grade)  # fmt: skip


def test_the_network_is_held_against_each_others_consensus(team: Team) -> None:
    photos = make_photos(team, 24)
    table = random_grades(24, 3)
    package = ModelPackageFactory()
    package.conditions.add("wrinkles")
    StudyModelFactory(study=team.study, package=package, primary=True)
    severities = [float(value) for value in np.clip(table[:, 0] / 3 * 100, 0, 100)]
    scored(photos, severities, package)
    line = {"kind": "line", "grades": [], "primary": "icc_3_1"}
    study = make_closed(team, photos, table, table * 20, scales=[{}, line])
    graded, lined = (scale["network"] for scale in computed(study)["scales"])
    plain = leave_one_out(
        CohenKappa.weighted("quadratic", 4),
        Ratings.of(table, people=[photo.visit.participant_id for photo in photos], grades=4),
        table[:, 0],
    )
    assert graded["mean"]["value"] == plain.mean_difference.value
    assert graded["within"] == plain.within
    assert graded["each"][1]["reader_agrees"]["value"] == plain.each[1].reader_agrees.value
    assert "as many grades" in graded["words"]
    assert graded["scored"] == 24
    expected = bland_altman(
        np.sort(table * 20, axis=1)[:, 1], severities, list(range(24))
    ).mean.value
    assert lined["limits"]["mean"]["value"] == pytest.approx(expected)


def test_a_scale_of_other_grades_is_met_by_severity_and_said_so(team: Team) -> None:
    photos = make_photos(team, 12)
    package = ModelPackageFactory()
    package.conditions.add("wrinkles")
    StudyModelFactory(study=team.study, package=package, primary=True)
    scored(photos, [50.0] * 12, package)
    table = random_grades(12, 3, of=5)
    study = make_closed(team, photos, table, scales=[{"grades": grades(5)}])
    found = computed(study)["scales"][0]["network"]
    assert "in 4 equal steps" in found["words"]
    assert sum(row[2] for row in found["table"]) == 12  # 50 of 100 is the third of five


def test_what_no_network_can_be_held_against_says_why(team: Team) -> None:
    count = {"kind": "count", "grades": [], "primary": "icc_2_1"}
    own = {"condition_id": None}
    table = random_grades(8, 3)
    study = make_closed(team, make_photos(team, 8), table, table, scales=[count, own])
    counted, neutral = (scale["network"] for scale in computed(study)["scales"])
    assert "no number of lesions" in counted["problem"]
    assert "names no condition" in neutral["problem"]


def test_groups_are_given_where_they_are_large_enough(team: Team) -> None:
    photos = make_photos(team, 24)
    for place, photo in enumerate(photos):
        sex = "female" if place < 20 else "male"
        Participant.objects.filter(pk=photo.visit.participant_id).update(sex=sex)
    study = make_closed(team, photos, random_grades(24, 3))
    groups = {group["code"]: group for group in computed(study)["scales"][0]["groups"]}
    female, male = groups["sex"]["levels"]
    assert (female["name"], female["cases"], female["few"]) == ("Female", 20, False)
    assert female["value"] is not None
    assert (male["name"], male["cases"], male["few"]) == ("Male", 4, True)
    assert "value" not in male
    assert "site" not in groups  # one site: nothing to compare


@pytest.mark.parametrize(
    ("born", "group"),
    [(2009, "under 18"), (2008, "18 to 29"), (1996, "30 to 39"), (1966, "60 and over"), (None, "")],
)
def test_age_groups(born: int | None, group: str) -> None:
    assert age_group(born, 2026) == group


# --- What cannot be said -------------------------------------------------------------------------


def numbers_in(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [n for one in value.values() for n in numbers_in(one)]
    if isinstance(value, list):
        return [n for one in value for n in numbers_in(one)]
    return [value] if isinstance(value, float) else []


@pytest.mark.parametrize(
    ("people", "table"),
    [
        (6, [[1.0]] * 6),  # one reader
        (2, [[1.0, 2.0], [0.0, 0.0]]),  # two people
        (8, [[1.0, 1.0, 1.0]] * 8),  # all grades equal
        (1, [[1.0, 2.0]]),  # one case
        (3, [[1.0, NAN], [NAN, 2.0], [0.0, NAN]]),  # no case in common
    ],
)
def test_nothing_undefined_is_a_number(team: Team, people: int, table: Any) -> None:
    line = {"kind": "line", "grades": [], "primary": "icc_2_1"}
    study = make_closed(team, make_photos(team, people), table, table, scales=[{}, line])
    figures = computed(study)
    assert all(np.isfinite(numbers_in(figures)))
    for scale in figures["scales"]:
        for one in scale["coefficients"]:
            assert one["value"] is not None or one["why"]


def test_all_grades_equal_have_no_kappa_and_full_agreement(team: Team) -> None:
    study = make_closed(team, make_photos(team, 8), [[1.0, 1.0, 1.0]] * 8)
    figures = computed(study)
    assert coefficient(figures, "kappa_quadratic")["value"] is None
    assert "chance" in coefficient(figures, "kappa_quadratic")["why"]
    assert coefficient(figures, "exact")["value"] == 1.0


def test_locked_people_are_left_out_and_unreadable_cases_counted(team: Team) -> None:
    photos = make_photos(team, 9)
    table = random_grades(9, 2)
    table[8, 0] = NAN
    study = make_closed(team, photos, table)
    seat = study.seats.get(number=1)
    add_unreadable(study, seat, study.cases.get(number=9))
    locked = photos[0].visit.participant
    Participant.objects.filter(pk=locked.pk).update(data_use="restricted")
    figures = computed(study)
    assert (figures["cases"], figures["locked"]) == (8, 1)
    assert figures["readers"][0]["unreadable"] == {"blurred": 1}
    assert coefficient(figures, "exact")["cases"] == 7


def test_who_graded_few_is_left_out_of_what_needs_all_readers(team: Team) -> None:
    table = random_grades(12, 3)
    table[2:, 2] = NAN
    study = make_closed(team, make_photos(team, 12), table)
    figures = computed(study)
    found = coefficient(figures, "icc_2_1")
    assert (found["readers"], found["cases"]) == (2, 12)
    assert coefficient(figures, "fleiss")["readers"] == 3


def test_reading_everything_takes_a_fixed_number_of_queries(
    team: Team, django_assert_max_num_queries: Any
) -> None:
    study = make_closed(team, make_photos(team, 20), random_grades(20, 3))
    with django_assert_max_num_queries(7):
        frame = frame_of(study)
    assert measure(frame)["cases"] == 20

from pathlib import Path

import numpy as np
import pytest

from inference.pipeline.assessed import CONDITIONS
from inference.training.crops import Crops
from inference.training.dataset import stacked
from inference.training.real_faces import report
from inference.training.real_faces.labels import Limits
from inference.training.real_faces.truth import STABILITY, Truth, pictures_of, retoned
from tests.inference.training.real_faces.drawn import drawn_face

PEOPLE = ("a", "b", "c", "d", "e", "f")


class NoStudio:
    def lend_from(self, rng, gender, *, but):
        from inference.training.real_faces.lending import lender

        return lender(drawn_face(21, 4))


def test_the_same_face_with_another_tone_differs_in_tone():
    face = drawn_face()
    lighter, darker = (retoned(face, times).astype(int) for times in (0.55, 1.8))
    sure = np.zeros(face.pixels.shape[:2], np.bool_)
    sure[face.surface.box] = face.surface.skin > 0.99
    own = face.pixels[sure].mean()
    assert lighter[sure].mean() > own + 3
    assert darker[sure].mean() < own - 3
    detail = np.diff(face.pixels.astype(int), axis=1)[:, :, 1][sure[:, 1:]].std()
    assert np.diff(darker, axis=1)[:, :, 1][sure[:, 1:]].std() == pytest.approx(detail, rel=0.4)


def test_the_pictures_of_a_person_are_told_apart_and_say_what_is_painted():
    shown = list(pictures_of(drawn_face(), NoStudio()))
    names = [one.what for one in shown]
    assert len(set(names)) == len(names)
    assert names[0] == "bare"
    assert {c for one in shown for c in one.severities} == set(CONDITIONS)
    assert set(STABILITY) < set(names)


def truth(points):
    """One bare picture a person, one painted with melasma at 1, one with a beard; no crops."""
    what = ["bare", "melasma 1.00", "beard", "repeat 1", "repeat 2"]
    count = len(PEOPLE) * len(what)
    severity = np.full((count, 8), np.nan, np.float32)
    severity[1 :: len(what), CONDITIONS.index("melasma")] = 1.0
    measures = np.zeros((count, 8))
    measures[1 :: len(what)] = 1.0
    crops = Crops(
        **stacked([], [], 32), severity=severity, fitzpatrick=np.full(count, 3),
        identity=np.repeat(np.arange(len(PEOPLE)), len(what)),
    )  # fmt: skip
    owner = [person for person in PEOPLE for _ in what]
    return Truth(
        crops, what * len(PEOPLE), owner, ["male" if p < "d" else "female" for p in owner],
        np.array([20.0 + ord(p) % 7 for p in owner]), np.zeros(count, np.bool_),
        np.array([30.0 + ord(p) % 5 for p in owner]), measures,
    )  # fmt: skip


def given(bare=5.0, painted=90.0, beard=9.0):
    rows = np.array([bare, painted, beard, bare + 1, bare - 1])
    return np.tile(np.repeat(rows[:, None], 8, axis=1), (len(PEOPLE), 1))


def test_painted_truth_is_right_when_the_network_is_and_not_when_it_is_not():
    points = given()
    one = truth(points)
    limits = Limits(dict.fromkeys(CONDITIONS, 0.5))
    grades = np.floor(points / 100 * 3 + 0.5).astype(np.int64)
    right = report.painted(one, points, grades, limits)["melasma"]
    assert right["balanced_accuracy"]["value"] == 1
    assert right["found_absent"] == len(PEOPLE)
    assert right["rise"]["1.00"] == pytest.approx(85)
    assert (right["auc"], right["baseline_auc"]) == (1, 1)
    wrong = report.painted(one, points[::-1], np.zeros_like(grades), limits)["melasma"]
    assert wrong["balanced_accuracy"]["value"] == 0.5


def test_a_face_that_is_not_found_bare_is_no_case_of_none():
    one, points = truth(given()), given()
    limits = Limits(dict.fromkeys(CONDITIONS, -1.0))
    found = report.painted(one, points, np.zeros(points.shape, np.int64), limits)["melasma"]
    assert found["found_absent"] == 0
    assert found["balanced_accuracy"]["value"] is None


def test_what_must_not_change_is_told_by_how_far_it_moved():
    found = report.moved(truth(given()), given(beard=9.0), "beard")
    assert found["mean_absolute"] == 4
    assert found["conditions"]["pores"]["mean_absolute"]["value"] == 4
    assert report.moved(truth(given()), given(beard=1.0), "beard")["conditions"]["pores"][
        "mean"] == -4  # fmt: skip


def test_repeats_give_the_within_person_deviation():
    found = report.repeats(truth(given()), given())
    assert found["melasma"]["value"] == pytest.approx(np.sqrt(2), abs=1e-3)
    assert found["melasma"]["people"] == len(PEOPLE)


def test_sex_is_told_beside_tone_and_age():
    one, points = truth(given()), given()
    men = np.array([gender == "male" for gender in one.gender])
    found = report.bare(one, points + 7 * men[:, None])
    assert found["pores"]["men_minus_women"]["value"] == pytest.approx(7, abs=0.01)
    assert found["pores"]["per_10_degrees"]["value"] == pytest.approx(0, abs=0.01)


def test_an_interval_is_of_people_not_of_pictures():
    people = [person for person in PEOPLE for _ in range(50)]
    values = np.repeat(np.arange(6.0), 50)
    found = report.resampled(people, lambda rows: float(values[rows].mean()))
    assert found["people"] == 6
    assert found["high"] - found["low"] > 1.5


def test_the_report_needs_a_folder_of_photographs(tmp_path):
    from inference.training.real_faces.errors import PhotographsRefused

    shipped = Path(report.__file__).parents[2] / "packages" / "gsh-demonstrator.onnx"
    with pytest.raises(PhotographsRefused, match="no folder"):
        report.report_on(shipped, tmp_path / "none", tmp_path)

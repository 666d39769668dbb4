import copy

import pytest

from inference.training.aims import aims_of, read_why
from inference.training.evaluate import EvaluationRefused
from tests.inference.report.constructed import constructed_report


@pytest.fixture(scope="module")
def constructed():
    return constructed_report()


@pytest.fixture
def report(constructed):
    return copy.deepcopy(constructed)


def judged(report):
    return {aim["code"]: aim for aim in aims_of(report)}


def set_all(report, name, **values):
    for figures in report["test"]["conditions"].values():
        figures[name].update(values)


def test_presence_is_judged_by_the_lower_end_of_the_worst_condition(report):
    set_all(report, "balanced_accuracy", value=0.95, low=0.9, high=0.99)
    assert judged(report)["presence"]["met"] is True
    report["test"]["conditions"]["pores"]["balanced_accuracy"]["low"] = 0.77
    aim = judged(report)["presence"]
    assert (aim["met"], aim["value"], aim["missed_by"]) == (False, 0.77, pytest.approx(0.03))
    assert "7 of 8" in aim["detail"]
    assert "pores" in aim["detail"]


def test_a_condition_without_a_figure_does_not_meet_an_aim(report):
    set_all(report, "weighted_kappa", value=0.9)
    assert judged(report)["grade"]["met"] is True
    report["test"]["conditions"]["pores"]["weighted_kappa"]["value"] = None
    aim = judged(report)["grade"]
    assert aim["met"] is False
    assert "pores" in aim["detail"]


def test_an_aim_just_reached_is_met(report):
    set_all(report, "weighted_kappa", value=0.8)
    assert judged(report)["grade"]["met"] is True


def test_the_gap_between_tones_is_in_points(report):
    report["skin_tone"]["fitzpatrick"]["gap_balanced_accuracy"]["value"] = 0.062
    aim = judged(report)["tone"]
    assert (aim["met"], aim["value"], aim["missed_by"]) == (False, 6.2, pytest.approx(1.2))


def test_the_larger_calibration_error_decides(report):
    after = report["calibration"]["after"]
    after["top"]["ece"]["value"], after["presence"]["ece"]["value"] = 0.02, 0.051
    assert judged(report)["calibration"]["value"] == 0.051
    assert judged(report)["calibration"]["met"] is False


def test_int8_is_judged_by_scores_and_by_figures(report):
    for figures in report["precision"]["conditions"].values():
        figures["severity_mean"] = 0.4
        figures["balanced_accuracy"]["value"] = figures["weighted_kappa"]["value"] = 0.0
    assert judged(report)["int8"]["met"] is True
    report["precision"]["conditions"]["pores"]["weighted_kappa"]["value"] = -0.012
    assert judged(report)["int8"]["missed_by"] == pytest.approx(0.2)


def test_step_one_helps_only_when_surely_better_and_not_when_surely_worse(report):
    decides = next(
        one
        for one in report["ablation"]["comparisons"]
        if (one["arm"], one["metric"], one["split"])
        == ("standard+augmentation", "mean_balanced_accuracy", "typical")
    )
    assert judged(report)["step-one"]["met"] is False
    decides["p"] = 0.004
    assert judged(report)["step-one"]["met"] is True
    decides["mean_difference"] = -0.02
    assert judged(report)["step-one"]["met"] is False
    assert "worse" in judged(report)["step-one"]["detail"]


def test_what_was_not_measured_is_neither_met_nor_missed(report):
    report["ablation"] = report["precision"] = report["speed"] = None
    found = judged(report)
    for code in ("step-one", "int8", "speed"):
        assert (found[code]["met"], found[code]["missed_by"]) == (None, None)
    report["speed"] = {"ratio": 12.0}
    assert judged(report)["speed"]["missed_by"] == pytest.approx(3)


def test_sentences_are_added_by_hand_but_never_figures(tmp_path):
    path = tmp_path / "why.yaml"
    assert read_why(path) == {}
    path.write_text("grade: int8 and the VGG16 have nothing to do with it.\n")
    assert read_why(path) == {"grade": "int8 and the VGG16 have nothing to do with it."}
    path.write_text("grade: It would be 0.82 with more photos.\n")
    with pytest.raises(EvaluationRefused, match="holds a figure"):
        read_why(path)
    path.write_text("velocity: Nothing.\n")
    with pytest.raises(EvaluationRefused, match="no aim 'velocity'"):
        read_why(path)
    path.write_text("- a list\n")
    with pytest.raises(EvaluationRefused, match="one sentence"):
        read_why(path)

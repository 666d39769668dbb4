"""The trial of step one: its arms, its pairing, its going on after a stop."""

import json

import numpy as np
import pytest
import torch

from inference.pipeline.assessed import CONDITIONS
from inference.training import ablation
from inference.training.ablation import AGAINST, ARMS, Protocol, Study, compare, figures, paired
from tests.inference.training.test_train import crops

SMALL = Protocol(photos=6, held_out=6, steps=2, width=0.05, seeds=(1, 2))


@pytest.fixture
def data(monkeypatch):
    monkeypatch.setattr(ablation, "load_crops", lambda *_args: crops(12))
    monkeypatch.setattr(
        Protocol,
        "config",
        lambda self, arm, seed: ablation.Config(
            width=self.width, steps=self.steps, batch=4, size=32, seed=seed, windows=(), warm_up=1
        ),
    )


def test_the_photo_as_it_is_with_augmentation_is_what_all_are_held_against():
    base = next(arm for arm in ARMS if arm.code == AGAINST)
    assert base.augmentation
    assert base.recipe.steps == ()
    assert len({arm.code for arm in ARMS}) == len(ARMS) == 5
    assert all(arm.augmentation for arm in ARMS)
    assert {len(arm.recipe.steps) for arm in ARMS} == {0, 1, 3}


def test_a_difference_that_every_seed_shows_is_found_and_chance_is_not():
    rng = np.random.default_rng(1)
    theirs = rng.normal(0.8, 0.05, 5)
    sure = paired(theirs + rng.normal(0.05, 0.005, 5), theirs)
    assert sure["mean_difference"] == pytest.approx(0.05, abs=0.01)
    assert sure["p"] < 0.001
    assert 0 < sure["low"] < sure["mean_difference"] < sure["high"]
    assert paired(theirs + np.array([0.02, -0.02, 0.01, -0.01, 0.001]), theirs)["p"] > 0.5


def test_pairing_is_by_seed():
    theirs = np.array([0.6, 0.7, 0.8, 0.9, 0.65])
    assert paired(theirs + np.array([0.01, 0.012, 0.009, 0.011, 0.01]), theirs)["p"] < 0.001
    mixed = (theirs + 0.01)[::-1]
    assert paired(mixed, theirs)["p"] > 0.5


def test_certain_and_right_probabilities_are_perfect():
    data = crops(24)
    true = np.floor(3 * data.severity + 0.5).astype(int)
    found = figures(np.eye(4)[true], data)
    assert found["mean_balanced_accuracy"] == found["mean_weighted_kappa"] == 1
    wrong = figures(np.eye(4)[3 - true], data)
    assert wrong["mean_weighted_kappa"] < 0
    assert set(found["by_tone"]) == {"I-II", "III-IV", "V-VI"}
    assert set(found["weighted_kappa"]) == set(CONDITIONS)


def test_a_trial_that_stopped_goes_on_and_compares_when_it_is_even(data, tmp_path):
    torch.set_num_threads(1)
    out = tmp_path / "ablation.json"
    first = Study(SMALL, out).run()
    for _ in range(len(ARMS) + 2):  # all arms of seed 1, two of seed 2
        next(first)
    kept = json.loads(out.read_text())
    assert kept["comparisons"] == []
    again = Study(SMALL, out)
    assert {len(seeds) for seeds in again.found.values()} == {1, 2}
    assert len(list(again.run())) == 2 * len(ARMS)
    done = json.loads(out.read_text())
    assert [one["seed"] for one in done["arms"][0]["seeds"]] == [1, 2]
    assert done["arms"][0]["seeds"][0] == kept["arms"][0]["seeds"][0]
    assert len(done["comparisons"]) == (len(ARMS) - 1) * 4


def test_another_protocol_starts_anew(data, tmp_path):
    out = tmp_path / "ablation.json"
    list(Study(SMALL, out).run())
    other = Study(Protocol(**{**vars(SMALL), "steps": 3}), out)
    assert all(seeds == [] for seeds in other.found.values())


def test_comparisons_are_of_both_cameras_and_both_metrics():
    one = {"mean_balanced_accuracy": 0.8, "mean_weighted_kappa": 0.7}
    arms = {
        AGAINST: [{**one, "shifted_camera": one}],
        "standard": [{**one, "shifted_camera": {**one, "mean_weighted_kappa": 0.75}}],
    }
    rows = compare(arms)
    moved = [row for row in rows if row["mean_difference"]]
    assert [(row["split"], row["metric"]) for row in moved] == [
        ("shifted_camera", "mean_weighted_kappa")
    ]

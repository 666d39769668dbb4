from dataclasses import replace

import numpy as np
import pytest
import torch

from inference.training import train
from inference.training.config import ARMS, Config
from inference.training.crops import READ, REGION_CODES
from inference.training.pair_batches import LEAST_SEEN, labels_of, pair_batch, real_crops, rows_of
from inference.training.pair_loss import (
    SHARE,
    PairBatch,
    gap_loss,
    label_loss,
    severities_of,
    stray_loss,
)
from inference.training.real_faces.cache import Pairs, write_pairs
from inference.training.real_faces.errors import PhotographsRefused
from inference.training.real_faces.scenes import KINDS
from tests.inference.training.test_train import TINY, crops

NOTICE = {
    "name": "drawn", "title": "Drawn people", "authors": "Nobody", "agreed": "They agreed.",
    "licence": {"name": "CC BY 4.0", "url": "", "non_commercial": False}, "citation": "Nobody",
    "split_sha256": "s", "photographs_sha256": "p", "pictures": 6, "people": 6,
}  # fmt: skip


def pairs(photos=6):
    first = crops(photos)
    second = replace(crops(photos), pixels=255 - first.pixels)
    spread = np.full((photos, 8), 0.1, np.float32)
    step = np.zeros((photos, 8), np.float32)
    step[::2, 2] = 0.6
    return Pairs(
        replace(first, spread=spread),
        replace(second, spread=spread, severity=np.where(step > 0, np.nan, first.severity)),
        seen=np.ones((len(first.pixels), 8), np.float32),
        step=step,
        painted=step,
        held=step == 0,
        kind=np.where(step.any(axis=1), KINDS.index("painted"), KINDS.index("nuisance")),
    )


@pytest.fixture
def real(monkeypatch):
    return real_crops(pairs(), train.get_recipe("none@1"))


def logits(severity):
    """Logits (1, 8, 4) whose severities are these."""
    place = torch.linspace(0, 1, 4)
    return (-60 * (place - torch.tensor(severity).reshape(1, 8, 1)).square()).float()


def batch(step=0.6, held=1.0):
    at = torch.zeros(1, 8)
    at[0, 2] = step
    some = torch.full((1, 8), held) * (at == 0)
    flat, there = torch.zeros(1, 8), torch.ones(1, 8)
    return PairBatch(
        torch.zeros(1, 3, 32, 32), torch.zeros(1, 3, 32, 32), (flat, at), (flat, flat),
        (there, there), at, some,
    )  # fmt: skip


def test_a_score_that_rises_by_its_share_of_the_step_costs_nothing_and_less_does():
    low, high, little = ([0.0] * 8 for _ in range(3))
    high[2], little[2] = 1.0, 1 / 3 * 0.5
    assert severities_of(logits(high))[0, 2] == pytest.approx(1.0, abs=0.01)
    assert gap_loss((logits(low), logits(high)), batch()) == pytest.approx(0, abs=1e-4)
    missing = SHARE * 0.6
    assert gap_loss((logits(low), logits(low)), batch()) == pytest.approx(missing**2, abs=0.01)
    assert gap_loss((logits(low), logits(low)), batch(step=0.0)) == 0


def test_a_score_that_must_stay_costs_by_how_far_it_went_either_way():
    low, other = [0.0] * 8, [0.0] * 8
    other[5] = 1.0
    there = stray_loss((logits(low), logits(other)), batch())
    assert there == pytest.approx(1 / 7, abs=0.01)
    assert stray_loss((logits(other), logits(low)), batch()) == pytest.approx(float(there))
    assert stray_loss((logits(low), logits(other)), batch(held=0.0)) == 0


def test_the_arm_of_bare_faces_does_not_see_the_painted_side():
    wrong, right = [1.0] * 8, [0.0] * 8
    both = label_loss((logits(right), logits(wrong)), batch())
    assert label_loss((logits(right), logits(wrong)), batch(), painted=False) < both


def test_a_crop_that_hardly_got_any_paint_has_no_label_and_need_not_rise(real):
    rows = np.arange(len(real.pixels[0]))
    little = replace(real.pairs, seen=np.full_like(real.pairs.seen, LEAST_SEEN / 2))
    _, _, known = labels_of(real.pairs, rows)
    _, _, less = labels_of(little, rows)
    painted = real.pairs.painted[real.pairs.photo] > 0
    assert (known[0][painted] > less[0][painted]).any()
    assert (known[0][~painted] == less[0][~painted]).all()
    rng = np.random.default_rng(1)
    made = pair_batch(replace(real, pairs=little), "gaps", count=6, side=32, rng=rng)
    assert (made.step == 0).all()


def test_labels_hold_only_where_the_condition_is_read(real):
    rows = np.arange(len(real.pixels[0]))
    _, _, known = labels_of(real.pairs, rows)
    read = READ[real.pairs.first.region[rows]]
    assert len(REGION_CODES) == 13
    assert not (known[0] * ~read).any()


def test_the_last_arm_sees_nuisances_and_those_before_it_do_not(real):
    for arm, alike in (("painted", False), ("gaps", False), ("nuisances", True)):
        rows = rows_of(real, arm, 8, np.random.default_rng(2))
        kinds = real.pairs.kind[real.pairs.photo[rows]]
        assert (kinds != KINDS.index("painted")).any() == alike
    with pytest.raises(ValueError, match="no real faces"):
        rows_of(real, "drawn", 8, np.random.default_rng(2))


def test_both_sides_of_a_pair_are_cut_and_changed_alike():
    """Sides that are the same picture stay the same, whatever window fell to them."""
    same = pairs()
    same = replace(same, second=replace(same.second, pixels=same.first.pixels))
    made = pair_batch(
        real_crops(same, train.get_recipe("none@1")), "gaps", count=8, side=16,
        rng=np.random.default_rng(3),
    )  # fmt: skip
    assert torch.equal(made.first, made.second)


def folder_of(tmp_path):
    folder = tmp_path / "pairs"
    folder.mkdir()
    (folder / "source.json").write_text(train.json.dumps(NOTICE), encoding="utf-8")
    write_pairs(folder / "train-00000-pairs.npz", pairs())
    return folder


def trained(out, monkeypatch, **given):
    out.mkdir(exist_ok=True)
    monkeypatch.setattr(train, "load_crops", lambda *_args: crops())
    config = Config(**{**vars(TINY), **given})
    for _ in train.run(config, out, save_every_s=0):
        pass
    return torch.load(out / "checkpoint.pt", weights_only=True)


@pytest.mark.parametrize("arm", ARMS[1:])
def test_each_arm_trains_and_the_run_remembers_whose_faces_it_saw(tmp_path, monkeypatch, arm):
    folder = str(folder_of(tmp_path))
    state = trained(tmp_path / arm, monkeypatch, arm=arm, pairs=folder, pair_batch=4)
    assert state["step"] == TINY.steps
    assert all(torch.isfinite(value).all() for value in state["average"].values())
    source = state["sources"][0]
    assert (source["authors"], source["agreed"]) == ("Nobody", "They agreed.")


def test_an_arm_and_its_pairs_go_together(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="--arm and --pairs together"):
        trained(tmp_path / "a", monkeypatch, arm="gaps")
    with pytest.raises(ValueError, match="--arm and --pairs together"):
        trained(tmp_path / "b", monkeypatch, pairs="somewhere")
    with pytest.raises(PhotographsRefused):
        trained(tmp_path / "c", monkeypatch, arm="gaps", pairs=str(tmp_path))


def test_a_run_begins_with_anothers_network_and_its_own_first_step(tmp_path, monkeypatch):
    first = trained(tmp_path / "first", monkeypatch)
    second = trained(tmp_path / "second", monkeypatch, start=str(tmp_path / "first"), steps=1)
    fresh = trained(tmp_path / "fresh", monkeypatch, steps=1)
    name = next(n for n in first["network"] if n.endswith("weight"))

    def apart(one, other):
        return float((one["network"][name] - other["network"][name]).abs().mean())

    assert second["step"] == 1
    assert apart(first, second) < apart(first, fresh) / 2
    with pytest.raises(FileNotFoundError, match="no checkpoint to begin with"):
        trained(tmp_path / "none", monkeypatch, start=str(tmp_path / "nowhere"))


def test_the_generated_crops_of_a_step_are_the_same_in_every_arm(tmp_path, monkeypatch):
    seen = {}
    original = train.batch_of

    def noted(data, config, step):
        found = original(data, config, step)
        seen.setdefault(config.arm, []).append(found[0])
        return found

    monkeypatch.setattr(train, "batch_of", noted)
    trained(tmp_path / "drawn", monkeypatch)
    folder = str(folder_of(tmp_path))
    trained(tmp_path / "gaps", monkeypatch, arm="gaps", pairs=folder, pair_batch=4)
    assert all(torch.equal(a, b) for a, b in zip(seen["drawn"], seen["gaps"], strict=True))

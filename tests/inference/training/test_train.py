from dataclasses import replace

import numpy as np
import torch

from inference.training import train
from inference.training.crops import REGION_CODES, Crops
from inference.training.train import Config, Trainer, batch_of, grade_weights, rate_at

TINY = Config(width=0.05, steps=6, batch=4, size=32, warm_up=2, windows=())


def crops(photos=6):
    rng = np.random.default_rng(8)
    return Crops(
        pixels=rng.integers(0, 256, (photos * 3, 32, 32, 3), dtype=np.uint8),
        skin=np.ones((photos * 3, 32, 32), np.bool_),
        noise=np.zeros(photos * 3, np.float32),
        gains=np.full((photos * 3, 3), np.nan, np.float32),
        region=rng.integers(0, len(REGION_CODES), photos * 3),
        photo=np.repeat(np.arange(photos), 3),
        area=np.full(photos * 3, 900, np.float32),
        severity=rng.random((photos, 8)).astype(np.float32),
        fitzpatrick=1 + np.arange(photos) % 6,
        identity=np.arange(photos),
    )


def trained(out, monkeypatch, config=TINY, stop=None):
    out.mkdir(exist_ok=True)
    monkeypatch.setattr(train, "load_crops", lambda *_args: crops())
    losses = []
    for step, loss in train.run(config, out, save_every_s=0):
        losses.append(loss)
        if step == stop:
            break
    return losses


def weights_in(out):
    return torch.load(out / "checkpoint.pt", weights_only=True)["average"]


def test_the_same_seed_gives_the_same_batches_and_another_seed_others():
    data = crops()
    first, again = batch_of(data, TINY, 3), batch_of(data, TINY, 3)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    other = batch_of(data, Config(**{**vars(TINY), "seed": 2}), 3)
    assert not torch.equal(first[0], other[0])


def test_a_run_that_stopped_goes_on_where_it_was(tmp_path, monkeypatch):
    """Dropout draws its own numbers, so losses may differ; steps, batches and rates do not."""
    stopped = trained(tmp_path / "a", monkeypatch, stop=4)
    rest = trained(tmp_path / "a", monkeypatch)
    assert (len(stopped), len(rest)) == (4, 2)
    assert torch.load(tmp_path / "a" / "checkpoint.pt", weights_only=True)["step"] == 6


def test_a_run_remembers_all_the_photos_it_was_shown(tmp_path, monkeypatch):
    out = tmp_path / "c"
    out.mkdir()
    trainer = Trainer(TINY, out)
    trainer.show(replace(crops(6), generators=("old",)))
    trainer.save()
    again = Trainer(TINY, out)
    again.restore()
    again.show(replace(crops(6), generators=("old",)))
    assert (again.photos, again.generators) == (6, {"old"})
    again.show(replace(crops(4), generators=("new",)))
    assert (again.photos, again.generators) == (10, {"old", "new"})


def test_training_changes_the_weights_and_lowers_the_loss_on_what_it_sees(tmp_path, monkeypatch):
    config = Config(**{**vars(TINY), "steps": 60, "batch": 12, "learning_rate": 3e-3})
    losses = trained(tmp_path / "b", monkeypatch, config)
    assert np.mean(losses[-10:]) < np.mean(losses[:10])
    assert all(torch.isfinite(v).all() for v in weights_in(tmp_path / "b").values())


def test_early_steps_see_a_window_and_later_ones_the_whole_crop():
    config = Config(**{**vars(TINY), "size": 64, "steps": 10, "windows": ((0.5, 32),)})
    data = crops()
    wide = replace(data, pixels=np.repeat(np.repeat(data.pixels, 2, 1), 2, 2))
    assert batch_of(wide, config, 4)[0].shape == (4, 3, 32, 32)
    assert batch_of(wide, config, 5)[0].shape == (4, 3, 64, 64)


def test_the_rate_warms_up_and_comes_down():
    config = Config(steps=1000, warm_up=100)
    rates = [rate_at(config, step) for step in (0, 99, 100, 550, 999)]
    assert rates[0] < rates[1]
    assert rates[2] > rates[3] > rates[4]


def test_rare_grades_weigh_more():
    data = crops(40)
    data.severity[:] = 0
    data.severity[:4] = 1
    weights = grade_weights(data)
    assert (weights[:, 3] > weights[:, 0]).all()

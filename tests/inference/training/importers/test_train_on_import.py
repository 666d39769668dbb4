"""Training on an import: three steps, the licence kept, labels of several grades understood."""

import json

import numpy as np
import pytest
import torch

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.card import parse_card
from inference.training.cards import REPORTED, ExportRefused, card_for
from inference.training.crops import CLOSE_UP, Crops
from inference.training.export import made
from inference.training.graph import build_graph, graph_sha256
from inference.training.importers.build import cut_all, finish_import, plan_import, start_import
from inference.training.importers.card import read_card
from inference.training.importers.meanings import PRESENT
from inference.training.loss import ordinal_loss
from inference.training.train import Config, grade_weights, run, training_crops
from inference.training.vgg16 import VGG16, folded
from tests.inference.training.importers.layouts import make_fitzpatrick17k

TINY = Config(width=0.05, steps=3, batch=4, size=32, warm_up=1, windows=())


def imported(tmp_path, size=32):
    make_fitzpatrick17k(tmp_path / "data", ["eczema", "vitiligo"] * 6)
    card = read_card("fitzpatrick17k")
    plan = plan_import(card, tmp_path / "data", tmp_path / "import", size=size)
    start_import(plan)
    list(cut_all(plan))
    finish_import(plan)
    return str(tmp_path / "import")


def test_three_steps_on_an_import_keep_its_licence_in_the_checkpoint(tmp_path):
    config = Config(**{**vars(TINY), "data": imported(tmp_path)})
    steps = list(run(config, tmp_path / "run"))
    assert [step for step, _ in steps] == [1, 2, 3]
    assert all(np.isfinite(loss) and loss > 0 for _, loss in steps)
    state = torch.load(tmp_path / "run/checkpoint.pt", weights_only=True)
    (source,) = state["sources"]
    assert source["licence"]["name"] == "CC BY-NC-SA 3.0"
    assert source["licence"]["non_commercial"] is True
    more = Config(**{**vars(config), "steps": 4})
    list(run(more, tmp_path / "run"))
    assert len(torch.load(tmp_path / "run/checkpoint.pt", weights_only=True)["sources"]) == 1


def test_weights_of_an_import_alone_get_no_card_of_eight_conditions(tmp_path):
    config = Config(**{**vars(TINY), "steps": 1, "data": imported(tmp_path)})
    list(run(config, tmp_path / "run"))
    with pytest.raises(ExportRefused, match=r"imported pictures alone \(fitzpatrick17k\)"):
        made(tmp_path / "run", validation=0, test=1)


def test_the_licence_of_imported_data_stands_on_the_card():
    model = build_graph(folded(VGG16(width=0.05)), 32)
    figure = {"value": 0.5, "low": 0.4, "high": 0.6}
    report = dict.fromkeys(REPORTED) | {
        "split": "test",
        "graph_sha256": graph_sha256(model),
        "conditions": {
            c: {"balanced_accuracy": figure, "weighted_kappa": figure} for c in CONDITIONS
        },
    }
    raw = read_card("fitzpatrick17k").raw
    source = {"name": raw["name"], "title": raw["title"], "licence": raw["licence"]}
    training = {"data": "both", "generated": True, "sources": [source]}
    card = card_for(model, report, vars(TINY), version="1.0.0", training=training)
    assert parse_card(json.dumps(card)).licence == "As the training data asks: CC BY-NC-SA 3.0"
    assert "Not for commercial use." in card["limitations"]
    assert card["demonstrator"] is True
    plain = card_for(
        model, report, vars(TINY), version="1.0.0", training={**training, "sources": []}
    )
    assert plain["licence"] == "Apache-2.0"


def test_an_import_of_other_crops_is_refused(tmp_path):
    config = Config(**{**vars(TINY), "size": 64, "data": imported(tmp_path)})
    with pytest.raises(ValueError, match="holds crops of 32 pixels and 40 mm, not of 64"):
        training_crops(config)


def loss_of(logits, interval):
    middle, half = sum(interval) / 2, (interval[1] - interval[0]) / 2
    return ordinal_loss(
        torch.tensor([[logits]]),
        torch.tensor([[middle]]),
        torch.ones(1, 1),
        grade_weights=torch.ones(1, 4),
        spread=torch.tensor([[half]]),
    )


def test_a_label_of_presence_costs_only_what_is_put_on_none():
    for sure in ([-9.0, 9.0, -9.0, -9.0], [-9.0, -9.0, -9.0, 9.0], [-9.0, 2.0, 1.0, 2.0]):
        entropy_only = loss_of(sure, PRESENT)
        inside = torch.softmax(torch.tensor(sure), 0)[1:]
        inside = inside / inside.sum()
        own_entropy = float(-(inside * inside.log()).nan_to_num().sum())
        assert float(entropy_only) == pytest.approx(own_entropy, abs=1e-3)
    assert float(loss_of([9.0, 0.0, 0.0, 0.0], PRESENT)) > 5


def test_its_gradient_is_that_of_the_likelihood_of_the_range():
    logits = torch.tensor([[[0.3, -0.2, 0.9, 0.1]]], requires_grad=True)
    middle, half = sum(PRESENT) / 2, (PRESENT[1] - PRESENT[0]) / 2
    loss = ordinal_loss(
        logits,
        torch.tensor([[middle]]),
        torch.ones(1, 1),
        grade_weights=torch.ones(1, 4),
        distance_weight=0.0,
        spread=torch.tensor([[half]]),
    )
    (given,) = torch.autograd.grad(loss, logits)
    again = logits.detach().clone().requires_grad_()
    likelihood = -torch.log(torch.softmax(again, dim=-1)[..., 1:].sum())
    (wanted,) = torch.autograd.grad(likelihood, again)
    assert torch.allclose(given, wanted, atol=1e-6)


def test_a_label_of_one_grade_is_trained_on_as_ever():
    plain = ordinal_loss(
        torch.tensor([[[0.1, 0.5, 0.2, 0.0]]]),
        torch.tensor([[1 / 3]]),
        torch.ones(1, 1),
        grade_weights=torch.ones(1, 4),
    )
    assert float(loss_of([0.1, 0.5, 0.2, 0.0], (1 / 6, 1 / 2))) == pytest.approx(float(plain))


def test_the_balance_counts_a_label_of_presence_in_each_grade_it_allows():
    photos = 6
    severity = np.full((photos, 8), np.nan, np.float32)
    spread = severity.copy()
    severity[:3, 5], spread[:3, 5] = 1 / 12, 1 / 12
    severity[3:, 5], spread[3:, 5] = 7 / 12, 5 / 12
    crops = Crops(
        pixels=np.zeros((photos, 8, 8, 3), np.uint8),
        skin=np.ones((photos, 8, 8), np.bool_),
        noise=np.zeros(photos, np.float32),
        gains=np.full((photos, 3), np.nan, np.float32),
        region=np.full(photos, CLOSE_UP),
        photo=np.arange(photos),
        area=np.ones(photos, np.float32),
        severity=severity,
        fitzpatrick=np.zeros(photos, np.int64),
        identity=np.arange(photos),
        spread=spread,
    )
    assert list(crops.grade[:, 5]) == [0, 0, 0, -1, -1, -1]
    assert crops.shares[0, 5].tolist() == [1, 0, 0, 0]
    assert crops.shares[5, 5].tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3])
    assert crops.shares[:, 0].sum() == 0
    assert grade_weights(crops)[5].tolist() == pytest.approx([0.5, 1.5, 1.5, 1.5])

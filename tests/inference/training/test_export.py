import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.package import check_package
from inference.training.cards import ExportRefused, card_for
from inference.training.export import network_input
from inference.training.graph import build_graph, graph_sha256
from inference.training.packing import package_bytes
from inference.training.quantise import quantise
from inference.training.vgg16 import folded, logits_of
from tests.inference.training.test_vgg16 import shaken

CONFIG = {"width": 0.06, "recipe": "standard@1", "size": 64, "window_mm": 40.0}
TRAINING = {"data": "None: the weights are random.", "generated": True}


def report_of(model, **changes):
    figure = {"value": 0.5, "low": 0.4, "high": 0.6}
    return {
        "split": "test",
        "photos": 3,
        "identities": 3,
        "photos_without_a_face_found": 0,
        "generator_sha256": ["0" * 64],
        "graph_sha256": graph_sha256(model),
        "conditions": {
            c: {"balanced_accuracy": figure, "weighted_kappa": figure} for c in CONDITIONS
        },
        "mean_absolute_severity_error": {},
        "by_skin_tone": {},
        **changes,
    }


@pytest.fixture(scope="module")
def model():
    return build_graph(folded(shaken()), 64)


def test_the_exported_graph_has_sixteen_convolutions_and_five_poolings(model):
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count("Conv") == 16
    assert kinds.count("MaxPool") == 5
    assert "BatchNormalization" not in kinds


def test_onnxruntime_gives_what_pytorch_gives(model):
    crops = torch.randn(3, 3, 64, 64)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    got = dict(zip(names, session.run(names, {"crops": crops.numpy()}), strict=True))
    with torch.no_grad():
        maps = shaken()(crops)
    for column, condition in enumerate(CONDITIONS):
        assert got[condition] == pytest.approx(logits_of(maps)[:, column].numpy(), abs=2e-4)
        assert got[f"{condition}_map"] == pytest.approx(maps[:, column].numpy(), abs=5e-4)


def test_a_card_needs_figures_of_the_test_split(model):
    with pytest.raises(ExportRefused, match="validation split"):
        card_for(
            model,
            report_of(model, split="validation"),
            CONFIG,
            version="1.0.0",
            training=TRAINING,
        )


def test_a_card_needs_figures_of_these_very_weights(model):
    other = build_graph(folded(shaken(seed=4)), 64)
    with pytest.raises(ExportRefused, match="other weights"):
        card_for(other, report_of(model), CONFIG, version="1.0.0", training=TRAINING)


def test_the_package_passes_the_check_and_the_card_does_not_change_the_graph(model, tmp_path):
    card = card_for(model, report_of(model), CONFIG, version="1.0.0", training=TRAINING)
    path = tmp_path / "made.onnx"
    path.write_bytes(package_bytes(model, card))
    result = check_package(path)
    assert result.info.card.demonstrator
    assert result.map_shape == (2, 2)
    assert graph_sha256(onnx.load(path)) == graph_sha256(model)
    assert json.loads(json.dumps(card)) == result.info.card.raw
    assert np.prod(result.map_shape) == 4


def test_the_package_may_carry_its_int8_graph_and_says_how_far_it_agrees(model, tmp_path):
    rng = np.random.default_rng(3)
    int8 = quantise(model, network_input(rng.integers(0, 256, (8, 64, 64, 3), np.uint8)))
    said = {
        "severity_mean_abs": 0.1,
        "severity_max_abs": 0.5,
        "grade_agreement": 1.0,
        "crops": 8,
    }
    card = card_for(
        model,
        report_of(model),
        CONFIG,
        version="1.0.0",
        training=TRAINING,
        int8={"agreement": said},
    )
    path = tmp_path / "made.onnx"
    path.write_bytes(package_bytes(model, card, int8))
    assert check_package(path).info.card.raw["int8"]["agreement"] == said
    assert graph_sha256(onnx.load(path)) == graph_sha256(model)

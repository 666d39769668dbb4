"""The package in inference/packages, checked without PyTorch."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from onnx import numpy_helper

import inference
from inference.pipeline.assessed import CONDITIONS, READINGS
from inference.pipeline.grades import GRADES
from inference.pipeline.network import Network
from inference.pipeline.package import check_package
from inference.pipeline.recipe import get_recipe
from inference.pipeline.score import score_face
from inference.training.generator import draw_photo, sample_identity

PATH = Path(inference.__file__).parent / "packages" / "gsh-demonstrator.onnx"


def by_hand(model, values):
    """Run a graph of Conv, Relu, MaxPool and the split into maps in plain NumPy: (N, 32, h, w)."""
    weights = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Conv":
            weight, bias = (weights[name] for name in node.input[1:])
            pad = weight.shape[2] // 2
            padded = np.pad(values, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
            windows = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
            values = np.einsum("nchwij,ocij->nohw", windows, weight, optimize=True)
            values = values + bias[:, None, None]
        elif node.op_type == "Relu":
            values = np.maximum(values, 0)
        elif node.op_type == "MaxPool":
            n, c, h, w = values.shape
            values = values.reshape(n, c, h // 2, 2, w // 2, 2).max(axis=(3, 5))
    return values


def test_it_passes_the_check_a_package_from_outside_must_pass():
    result = check_package(PATH)
    assert result.info.card.name == "gsh-demonstrator"
    assert result.info.card.conditions == CONDITIONS
    assert result.info.size_bytes < 20 * 2**20


def test_it_is_a_vgg16_of_sixteen_convolutions_and_five_poolings():
    kinds = [node.op_type for node in onnx.load(PATH).graph.node]
    assert kinds.count("Conv") == 16
    assert kinds.count("MaxPool") == 5
    assert set(kinds) == {"Conv", "Relu", "MaxPool", "Split", "ReduceMean"}


def test_it_says_that_it_is_a_demonstrator_and_what_was_measured():
    card = Network(PATH, expected_sha256=None).card
    assert card.demonstrator
    assert card.licence == "Apache-2.0"
    assert "not for diagnosis" in card.intended_use
    assert "generated" in card.limitations
    assert card.raw["performance"]["split"] == "test"
    for condition in CONDITIONS:
        for figure in card.raw["performance"]["conditions"][condition].values():
            assert figure["low"] <= figure["value"] <= figure["high"]
    for output in card.outputs:
        assert output.grades == GRADES
        assert output.regions == READINGS[output.condition].regions


def test_onnxruntime_gives_what_plain_numpy_gives():
    network = Network(PATH, expected_sha256=None, threads=1, precision="float32")
    size = network.card.input.size
    crops = np.random.default_rng(3).integers(0, 256, (1, size, size, 3), dtype=np.uint8)
    got = network.predict(crops)
    maps = by_hand(onnx.load(PATH), network.prepare(crops)).reshape(1, 8, 4, *(size // 32,) * 2)
    for column, condition in enumerate(CONDITIONS):
        logits = maps[0, column].mean(axis=(1, 2))
        wanted = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        assert got.probabilities[condition][0] == pytest.approx(wanted, abs=1e-3)
        assert got.maps[condition].shape == (1, size // 32, size // 32)


def test_its_int8_network_scores_a_face_as_the_float32_one_does():
    """The card says how far they lie apart over hundreds of photos; here one photo by itself."""
    severities = {"melasma": 0.6, "wrinkles": 0.4, "pores": 0.5}
    photo = draw_photo(
        sample_identity(7_000_100, fitzpatrick=4), severities, view="front", seed=70_000_100
    )
    one, other = (
        score_face(
            photo.pixels,
            photo.landmarks,
            view="front",
            network=Network(PATH, expected_sha256=None, threads=1, precision=precision),
            recipe=get_recipe("standard@1"),
        )
        for precision in ("float32", "int8")
    )
    gaps = [
        abs(one.score(condition).severity - other.score(condition).severity)
        for condition in CONDITIONS
    ]
    assert one.runtime["precision"] == "float32"
    assert other.runtime["precision"] == "int8"
    assert 0 < np.mean(gaps) < 1.5
    assert max(gaps) < 5
    card = check_package(PATH).info.card.raw
    assert card["int8"]["agreement"]["severity_mean_abs"] < 1

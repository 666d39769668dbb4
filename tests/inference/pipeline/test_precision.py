"""What the product computes in, and that it is the network the card describes."""

import base64
import json

import numpy as np
import onnx
import pytest
from onnx import helper

from inference.pipeline import network as network_module
from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.errors import PackageRefused
from inference.pipeline.network import Network
from inference.pipeline.package import check_package
from inference.pipeline.providers import runtime_words
from inference.training.quantise import activation_ranges, quantise
from tests.inference.pipeline.tiny_package import INT8, carrying, tiny_card, write_tiny_package
from tests.inference.pipeline.vgg16_onnx import vgg16_forward, vgg16_model, vgg16_weights

SIZE = 64
WIDTH = 0.125


def textured(count, seed, size=SIZE):
    """Crops of skin colours with texture at two scales, uint8 (count, size, size, 3)."""
    rng = np.random.default_rng(seed)
    tone = rng.uniform(60, 220, (count, 1, 1, 3)) * (1.0, 0.8, 0.7)
    coarse = rng.normal(0, 18, (count, size // 8, size // 8, 3)).repeat(8, axis=1).repeat(8, axis=2)
    return np.clip(tone + coarse + rng.normal(0, 8, coarse.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def layers():
    return vgg16_weights(WIDTH)


@pytest.fixture(scope="module")
def vgg_package(layers, tmp_path_factory):
    """A thin VGG16 of random weights, in float32 and int8, as a package."""
    path = tmp_path_factory.mktemp("vgg") / "vgg.onnx"
    model = vgg16_model(layers, SIZE)
    card = tiny_card(int8=INT8)
    path.write_bytes(model.SerializeToString())
    mean, std = np.array(card["input"]["mean"]), np.array(card["input"]["std"])
    calibration = ((textured(48, 1) / 255 - mean) / std).transpose(0, 3, 1, 2).astype(np.float32)
    graph = quantise(model, calibration).SerializeToString()
    helper.set_model_props(model, {"gsh_card": json.dumps(card)})
    path.write_bytes(carrying(model, graph).SerializeToString())
    return path


def reference(layers, network, crops):
    """Probabilities (condition: (N, 4)) by the plain NumPy network."""
    maps = vgg16_forward(layers, network.prepare(crops))
    logits = maps.mean(axis=(3, 4))
    odds = np.exp(logits - logits.max(axis=2, keepdims=True))
    return dict(
        zip(CONDITIONS, np.moveaxis(odds / odds.sum(axis=2, keepdims=True), 1, 0), strict=True)
    )


def severities(probabilities):
    return np.stack([probabilities[c] @ (np.arange(4) * 100 / 3) for c in CONDITIONS])


def test_vgg16_in_float32_agrees_with_plain_numpy(layers, vgg_package):
    network = Network(vgg_package, expected_sha256=None, threads=1, precision="float32")
    crops = textured(3, 2)
    wanted = reference(layers, network, crops)
    got = network.predict(crops)
    for condition in CONDITIONS:
        assert got.probabilities[condition] == pytest.approx(wanted[condition], abs=1e-4)
    assert np.ptp(severities(wanted)) > 10  # else anything would agree


def test_vgg16_in_int8_agrees_with_plain_numpy_within_two_points(layers, vgg_package):
    network = Network(vgg_package, expected_sha256=None, threads=1, precision="int8")
    crops = textured(12, 3)
    gap = np.abs(
        severities(reference(layers, network, crops))
        - severities(network.predict(crops).probabilities)
    )
    assert 0 < gap.mean() < 1
    assert gap.max() < 4


def test_such_a_package_passes_the_check(vgg_package):
    assert check_package(vgg_package).int8["severity_mean_abs"] < 2


def test_every_convolution_but_the_last_is_int8(layers):
    crops = np.random.default_rng(1).normal(0, 1, (4, 3, SIZE, SIZE)).astype(np.float32)
    graph = quantise(vgg16_model(layers, SIZE), crops).graph
    weights = {t.name: t for t in graph.initializer}
    sources = {node.output[0]: node for node in graph.node}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    assert len(convolutions) == 16
    for convolution in convolutions[:-1]:
        assert sources[convolution.input[0]].op_type == "DequantizeLinear"
        source = sources[convolution.input[1]]
        assert weights[source.input[0]].data_type == onnx.TensorProto.INT8
        channels = weights[source.input[0]].dims[0]
        assert list(weights[source.input[1]].dims) == [channels]  # a scale each
    assert weights[convolutions[-1].input[1]].data_type == onnx.TensorProto.FLOAT


def test_the_same_model_and_crops_give_the_same_int8_bytes(layers):
    crops = np.random.default_rng(1).normal(0, 1, (4, 3, SIZE, SIZE)).astype(np.float32)
    model = vgg16_model(layers, SIZE)
    assert quantise(model, crops).SerializeToString() == quantise(model, crops).SerializeToString()


def test_a_range_leaves_out_the_rarest_values_only(layers):
    rng = np.random.default_rng(1)
    crops = rng.uniform(-1, 1, (8, 3, SIZE, SIZE)).astype(np.float32)
    crops[0, 0, 0, 0] = 400.0
    model = vgg16_model(layers, SIZE)
    assert activation_ranges(model, crops, kept=1.0)["crops"] == pytest.approx((-1, 400), abs=0.01)
    low, high = activation_ranges(model, crops, kept=0.999)["crops"]
    assert -1.01 <= low < -0.9
    assert 0.9 < high < 2


def test_nothing_to_calibrate_on_or_to_quantise_is_refused(layers):
    model = vgg16_model(layers, SIZE)
    with pytest.raises(ValueError, match="crops must be"):
        quantise(model, np.zeros((0, 3, SIZE, SIZE), np.float32))
    del model.graph.node[:]
    with pytest.raises(ValueError, match="no convolutions"):
        quantise(model, np.zeros((1, 3, SIZE, SIZE), np.float32))


@pytest.mark.parametrize(
    ("asked", "carried", "instructions", "taken"),
    [
        ("auto", True, True, "int8"),
        ("auto", True, False, "float32"),
        ("auto", False, True, "float32"),
        ("float32", True, True, "float32"),
        ("int8", True, False, "int8"),
    ],
)
def test_auto_takes_int8_where_package_and_processor_have_it(
    asked, carried, instructions, taken, tmp_path, monkeypatch
):
    monkeypatch.setattr(network_module, "has_int8", lambda: instructions)
    path = write_tiny_package(tmp_path, int8=carried)
    network = Network(path, expected_sha256=None, threads=1, precision=asked)
    assert network.runtime()["precision"] == taken
    weights = onnx.load(path)
    quantised = any(entry.key == "gsh_int8" for entry in weights.metadata_props)
    assert quantised is carried


def test_the_session_runs_the_graph_of_the_precision_it_tells(tmp_path, monkeypatch):
    path = write_tiny_package(tmp_path, int8=True)
    crops = textured(4, 5)
    exact, rounded = (
        Network(path, expected_sha256=None, threads=1, precision=one).predict(crops).probabilities
        for one in ("float32", "int8")
    )
    assert not np.array_equal(exact["pores"], rounded["pores"])
    assert np.abs(severities(exact) - severities(rounded)).max() < 4


def test_auto_stays_with_float32_on_a_gpu(tmp_path, monkeypatch):
    monkeypatch.setattr(network_module, "has_int8", lambda: True)
    gpu = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(network_module, "available_providers", lambda: gpu)
    path = write_tiny_package(tmp_path, int8=True)
    assert Network(path, expected_sha256=None).precision == "float32"
    assert Network(path, expected_sha256=None, providers=["cpu"]).precision == "int8"


def test_int8_that_is_not_carried_is_refused_when_asked_for(tmp_path):
    with pytest.raises(PackageRefused, match="carries no int8 network") as refused:
        Network(write_tiny_package(tmp_path), expected_sha256=None, precision="int8")
    assert refused.value.code == "no-int8"


def test_an_int8_graph_that_is_damaged_is_refused_in_words(tmp_path):
    path = write_tiny_package(tmp_path, int8=True)
    model = onnx.load(path)
    entry = next(e for e in model.metadata_props if e.key == "gsh_int8")
    entry.value = base64.b64encode(b"x").decode() + "!"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(PackageRefused) as refused:
        Network(path, expected_sha256=None, precision="int8").predict(textured(1, 1))
    assert refused.value.code == "broken-int8"


def test_the_runtime_is_told_in_one_line():
    told = {"name": "onnxruntime", "version": "1.32.0", "provider": "CPUExecutionProvider"}
    assert runtime_words({**told, "precision": "int8"}) == "onnxruntime 1.32.0 (CPU, int8)"
    fallen = {**told, "precision": "float32", "instead_of": "CUDAExecutionProvider"}
    assert runtime_words(fallen) == "onnxruntime 1.32.0 (CPU instead of CUDA, float32)"

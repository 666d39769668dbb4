"""A tiny model package for the tests of the whole project, and broken ones of every kind.

The network is two strided convolutions over the crop, a 1 x 1 convolution to (conditions x grades)
class maps, and their spatial mean as logits: the shape of the real one in a few KiB, the same bytes
every time, made without torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from inference.pipeline.anatomy import CONDITIONS, GRADES, READINGS

SIZE = 64
_FILLER = "Made for tests. Not for any use with people."


def tiny_card(**changes: Any) -> dict[str, Any]:
    """Return a complete card for the tiny network; keyword arguments replace top-level entries."""
    figure = {"value": 0.5, "low": 0.4, "high": 0.6, "cases": 10}
    card: dict[str, Any] = {
        "schema": "gsh-card/1",
        "name": "tiny",
        "version": "1.0.0",
        "title": "A tiny network for tests",
        "demonstrator": True,
        "intended_use": _FILLER,
        "limitations": _FILLER,
        "licence": "Apache-2.0",
        "recipe": "standard@1",
        "input": {
            "name": "crops",
            "size": SIZE,
            "window_mm": 40.0,
            "layout": "NCHW",
            "colour_order": "RGB",
            "mean": [0.5, 0.5, 0.5],
            "std": [0.25, 0.25, 0.25],
        },
        "outputs": [
            {
                "condition": condition,
                "name": condition,
                "kind": "logits",
                "grades": list(GRADES),
                "map": f"{condition}_map",
                "regions": list(READINGS[condition].regions),
            }
            for condition in CONDITIONS
        ],
        "training": {"data": "None: the weights are random.", "generated": True},
        "performance": {
            "split": "test",
            "conditions": {
                c: {"balanced_accuracy": figure, "weighted_kappa": figure} for c in CONDITIONS
            },
        },
    }
    return {**card, **changes}


def tiny_model(
    card: Mapping[str, Any] | str | None = None,
    *,
    extra: Callable[[list[Any], dict[str, np.ndarray]], None] | None = None,
    batch: str | int = "N",
    seed: int = 7,
) -> onnx.ModelProto:
    """Return the tiny network as a model; `extra` may change its nodes and weights first.

    `seed` draws other weights, for tests that need two packages of different hash and scores.
    """
    rng = np.random.default_rng(seed)
    channels = len(CONDITIONS) * len(GRADES)
    weights = {
        "w1": rng.normal(0, 0.25, (4, 3, 4, 4)).astype(np.float32),
        "b1": np.zeros(4, np.float32),
        "w2": rng.normal(0, 0.5, (channels, 4, 1, 1)).astype(np.float32),
        "b2": rng.normal(0, 0.5, channels).astype(np.float32),
        "parts": np.full(len(CONDITIONS), len(GRADES), np.int64),
    }
    maps = [f"{c}_map" for c in CONDITIONS]
    nodes = [
        helper.make_node("Conv", ["crops", "w1", "b1"], ["h1"], strides=[4, 4]),
        helper.make_node("Relu", ["h1"], ["h2"]),
        helper.make_node("MaxPool", ["h2"], ["h3"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Conv", ["h3", "w2", "b2"], ["all"]),
        helper.make_node("Split", ["all", "parts"], maps, axis=1),
        *(
            helper.make_node("ReduceMean", [f"{c}_map"], [c], axes=[2, 3], keepdims=0)
            for c in CONDITIONS
        ),
    ]
    if extra is not None:
        extra(nodes, weights)
    side = SIZE // 16
    outputs = [
        helper.make_tensor_value_info(c, TensorProto.FLOAT, [batch, len(GRADES)])
        for c in CONDITIONS
    ] + [
        helper.make_tensor_value_info(m, TensorProto.FLOAT, [batch, len(GRADES), side, side])
        for m in maps
    ]
    given = helper.make_tensor_value_info("crops", TensorProto.FLOAT, [batch, 3, SIZE, SIZE])
    graph = helper.make_graph(
        nodes,
        "tiny",
        [given],
        outputs,
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    model.producer_name = "tests"
    text = card if isinstance(card, str) else json.dumps(card or tiny_card(), sort_keys=True)
    helper.set_model_props(model, {"gsh_card": text})
    return model


def write_tiny_package(
    folder: Path, *, name: str = "tiny.onnx", seed: int = 7, **changes: Any
) -> Path:
    """Write a valid package into `folder` and return its path; `changes` go into the card."""
    path = folder / name
    path.write_bytes(tiny_model(tiny_card(**changes), seed=seed).SerializeToString())
    return path


def _save(folder: Path, model: onnx.ModelProto) -> Path:
    path = folder / "broken.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def _missing_card(folder: Path) -> Path:
    model = tiny_model()
    del model.metadata_props[:]
    return _save(folder, model)


def _broken_card(folder: Path) -> Path:
    return _save(folder, tiny_model('{"schema": "gsh-card/1", '))


def _incomplete_card(folder: Path) -> Path:
    card = tiny_card()
    del card["licence"]
    return _save(folder, tiny_model(card))


def _card_of_other_outputs(folder: Path) -> Path:
    card = tiny_card()
    card["outputs"][0]["name"] = "roughness"
    return _save(folder, tiny_model(card))


def _card_of_other_grades(folder: Path) -> Path:
    card = tiny_card()
    card["outputs"][0]["grades"] = ["absent", "present"]
    return _save(folder, tiny_model(card))


def _fixed_batch(folder: Path) -> Path:
    return _save(folder, tiny_model(batch=1))


def _external_data(folder: Path) -> Path:
    model = tiny_model()
    tensor = model.graph.initializer[0]
    (folder / "weights.bin").write_bytes(tensor.raw_data)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "weights.bin"
    return _save(folder, model)


def _nan_output(folder: Path) -> Path:
    def poison(nodes: list[Any], weights: dict[str, np.ndarray]) -> None:
        weights["b2"][:] = np.nan

    return _save(folder, tiny_model(extra=poison))


def _custom_operator(folder: Path) -> Path:
    def swap(nodes: list[Any], weights: dict[str, np.ndarray]) -> None:
        nodes[1] = helper.make_node("Gelu", ["h1"], ["h2"], domain="com.microsoft")

    model = tiny_model(extra=swap)
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return _save(folder, model)


def _not_probabilities(folder: Path) -> Path:
    card = tiny_card()
    for output in card["outputs"]:
        output["kind"] = "probabilities"
    return _save(folder, tiny_model(card))


def _allocation_bomb(folder: Path) -> Path:
    """A complete package that asks for 16 GiB of zeros in one small node when it is run."""

    def swell(nodes: list[Any], weights: dict[str, np.ndarray]) -> None:
        weights["huge"] = np.array([1, 1, 65536, 65536], np.int64)
        nodes[0].output[0] = "h0"
        nodes.insert(1, helper.make_node("ConstantOfShape", ["huge"], ["zeros"]))
        nodes.insert(
            2, helper.make_node("ReduceMax", ["zeros"], ["zero"], axes=[0, 1, 2, 3], keepdims=0)
        )
        nodes.insert(3, helper.make_node("Add", ["h0", "zero"], ["h1"]))

    return _save(folder, tiny_model(extra=swell))


def _bare_allocation_bomb(folder: Path) -> Path:
    """About 200 bytes, no card: one node that makes 1.6 GiB."""
    shape = numpy_helper.from_array(np.array([1, 430_000_000], np.int64), "s")
    graph = helper.make_graph(
        [helper.make_node("ConstantOfShape", ["s"], ["y"])],
        "b",
        [],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 430_000_000])],
        [shape],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return _save(folder, model)


def _not_onnx(folder: Path) -> Path:
    path = folder / "broken.onnx"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"not a model at all" * 20)
    return path


def _empty(folder: Path) -> Path:
    path = folder / "broken.onnx"
    path.write_bytes(b"")
    return path


def _truncated(folder: Path) -> Path:
    path = folder / "broken.onnx"
    content = tiny_model().SerializeToString()
    path.write_bytes(content[: len(content) // 2])
    return path


# What is broken: (the code of the refusal expected, how to write the file).
BROKEN: Mapping[str, tuple[str, Callable[[Path], Path]]] = {
    "missing card": ("no-card", _missing_card),
    "broken card": ("broken-card", _broken_card),
    "incomplete card": ("incomplete-card", _incomplete_card),
    "card of other outputs": ("card-disagrees", _card_of_other_outputs),
    "card of other grades": ("wrong-shapes", _card_of_other_grades),
    "fixed batch": ("wrong-shapes", _fixed_batch),
    "external data": ("external-data", _external_data),
    "NaN output": ("not-finite", _nan_output),
    "custom operator": ("custom-operator", _custom_operator),
    "not probabilities": ("not-probabilities", _not_probabilities),
    "allocation bomb": ("too-much-memory", _allocation_bomb),
    "bare allocation bomb": ("no-card", _bare_allocation_bomb),
    "not ONNX": ("not-onnx", _not_onnx),
    "empty file": ("not-onnx", _empty),
    "truncated file": ("not-onnx", _truncated),
}

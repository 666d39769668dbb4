"""A tiny model package for the tests of the whole project (`broken_packages.py` breaks it).

The network is two strided convolutions over the crop, a 1 x 1 convolution to (conditions x grades)
class maps, and their spatial mean as logits: the shape of the real one in a few KiB, the same bytes
every time, made without torch.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from inference.pipeline.assessed import CONDITIONS, READINGS
from inference.pipeline.grades import GRADES
from inference.training.quantise import quantise

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
        helper.make_node("Conv", ["crops", "w1", "b1"], ["h1"], name="conv1", strides=[4, 4]),
        helper.make_node("Relu", ["h1"], ["h2"]),
        helper.make_node("MaxPool", ["h2"], ["h3"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Conv", ["h3", "w2", "b2"], ["all"], name="conv2"),
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


@cache
def tiny_int8(seed: int = 7) -> bytes:
    """Return the tiny network as static int8 (QDQ), an ONNX file without metadata."""
    crops = np.random.default_rng(3).normal(0, 1, (8, 3, SIZE, SIZE)).astype(np.float32)
    made: bytes = quantise(tiny_model(seed=seed), crops).SerializeToString()
    return made


# What a card may say of pooling, intervals and mirror images; the figures are made up.
SHARPENING = {"temperature": 1.4, "shift": [0.3, 0.1, -0.1, -0.3]}
POOLED: dict[str, Any] = {
    "mirror": True,
    "pooling": {
        "method": "log",
        "floor": 0.001,
        "people": 40,
        "face": dict.fromkeys(CONDITIONS, SHARPENING),
        "region": {name: {**SHARPENING, "temperature": 0.8} for name in CONDITIONS},
        "focal": {name: {"low": 0.001, "high": 0.05} for name in CONDITIONS},
    },
    "intervals": {
        "coverage": 0.9,
        "people": 40,
        "face": {name: {"below": 1.0, "above": 1.5, "margin": 3.0} for name in CONDITIONS},
        "region": {name: {"below": 1.2, "above": 1.8, "margin": 3.0} for name in CONDITIONS},
    },
}

# What a card says of an int8 network; the figures are made up, as all of the tiny card's are.
INT8 = {
    "agreement": {
        "severity_mean_abs": 0.3,
        "severity_max_abs": 1.5,
        "grade_agreement": 0.99,
        "crops": 40,
    }
}


def carrying(model: onnx.ModelProto, graph: bytes) -> onnx.ModelProto:
    """Put an int8 graph into a package's model."""
    text = base64.b64encode(graph).decode()
    model.metadata_props.append(onnx.StringStringEntryProto(key="gsh_int8", value=text))
    return model


def write_tiny_package(
    folder: Path, *, name: str = "tiny.onnx", seed: int = 7, int8: bool = False, **changes: Any
) -> Path:
    """Write a valid package into `folder` and return its path; `changes` go into the card.

    With `int8` it carries its network as static int8 too.
    """
    path = folder / name
    if int8:
        model = carrying(tiny_model(tiny_card(int8=INT8, **changes), seed=seed), tiny_int8(seed))
    else:
        model = tiny_model(tiny_card(**changes), seed=seed)
    path.write_bytes(model.SerializeToString())
    return path

"""The network as an ONNX graph, written node by node: 16 convolutions, 5 max-pools."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.grades import GRADES
from inference.training.vgg16 import VGG16

OPSET, IR_VERSION = 17, 8


def build_graph(network: VGG16, size: int) -> onnx.ModelProto:
    """Return a plain (folded) network as an ONNX model without card.

    Input `crops` float32 (N, 3, size, size); for each condition an output of its name, logits
    (N, 4), and `<condition>_map`, class maps (N, 4, size // 32, size // 32).
    """
    nodes: list[onnx.NodeProto] = []
    weights: list[onnx.TensorProto] = []
    last = "crops"
    for name, layer in _layers(network):
        if isinstance(layer, nn.Conv2d):
            assert layer.bias is not None  # noqa: S101 - a folded network has biases
            for part, tensor in (("weight", layer.weight), ("bias", layer.bias)):
                weights.append(numpy_helper.from_array(tensor.detach().numpy(), f"{name}.{part}"))
            inputs = [last, f"{name}.weight", f"{name}.bias"]
            pads = [layer.kernel_size[0] // 2] * 4
            nodes.append(helper.make_node("Conv", inputs, [name], name=name, pads=pads))
        elif isinstance(layer, nn.ReLU):
            nodes.append(helper.make_node("Relu", [last], [name], name=name))
        else:
            pool = helper.make_node(
                "MaxPool", [last], [name], name=name, kernel_shape=[2, 2], strides=[2, 2]
            )
            nodes.append(pool)
        last = name
    maps = [f"{condition}_map" for condition in CONDITIONS]
    nodes += [
        helper.make_node("Split", [last], maps, name="maps", axis=1),
        helper.make_node("ReduceMean", [last], ["logits"], name="mean", axes=[2, 3], keepdims=0),
        helper.make_node("Split", ["logits"], list(CONDITIONS), name="scores", axis=1),
    ]
    side, grades = size // 32, len(GRADES)
    outputs = [_value(condition, ["N", grades]) for condition in CONDITIONS]
    outputs += [_value(name, ["N", grades, side, side]) for name in maps]
    graph = helper.make_graph(
        nodes, "vgg16", [_value("crops", ["N", 3, size, size])], outputs, weights
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    model.producer_name = "global-skin-health"
    onnx.checker.check_model(model, full_check=True)
    return model


def _layers(network: VGG16) -> Iterator[tuple[str, nn.Module]]:
    counts: dict[str, int] = {}
    kinds = {nn.Conv2d: "conv", nn.ReLU: "relu", nn.MaxPool2d: "pool"}
    for layer in (*network.features, *network.head):
        kind = kinds.get(type(layer))
        if kind is not None:
            counts[kind] = counts.get(kind, 0) + 1
            yield f"{kind}{counts[kind]}", layer


def _value(name: str, shape: list[Any]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def graph_sha256(model: onnx.ModelProto) -> str:
    """Return the hash of a model's graph and weights, whatever its card says."""
    return hashlib.sha256(model.graph.SerializeToString(deterministic=True)).hexdigest()

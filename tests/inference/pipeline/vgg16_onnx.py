"""VGG16 made fully convolutional, random weights, as an ONNX model and as plain NumPy.

Sixteen convolutions, five max-pools, a soft-max per condition: the reference network's graph, made
without torch, for tests of what runs it and for timing it at any width.
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.grades import GRADES

BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
HEAD = (512, 512)  # a 3 x 3 and a 1 x 1 convolution, then a 1 x 1 to the class maps
Floats = NDArray[np.float32]
Layers = list[tuple[str, Floats, Floats]]  # name, weight (out, in, k, k), bias (out,)


def vgg16_weights(width: float, seed: int = 1) -> Layers:
    """Draw the sixteen convolutions' weights (He 2015), so that activations keep their size."""
    rng = np.random.default_rng(seed)
    wanted = [channels for block in BLOCKS for channels in block] + list(HEAD)
    sizes = [max(round(channels * width), 4) for channels in wanted]
    sizes.append(len(CONDITIONS) * len(GRADES))
    kernels = [3] * 14 + [1, 1]
    layers: Layers = []
    inside = 3
    for number, (outside, kernel) in enumerate(zip(sizes, kernels, strict=True), start=1):
        spread = np.sqrt(2 / (inside * kernel**2))
        weight = rng.normal(0, spread, (outside, inside, kernel, kernel)).astype(np.float32)
        bias = rng.normal(0, 0.05, outside).astype(np.float32)
        layers.append((f"conv{number}", weight, bias))
        inside = outside
    return layers


def _pooled() -> set[str]:
    ends = np.cumsum([len(block) for block in BLOCKS])
    return {f"conv{number}" for number in ends}


def vgg16_model(layers: Layers, size: int) -> onnx.ModelProto:
    """Return the network as an ONNX model without card, inputs and outputs as exported ones."""
    nodes, last = [], "crops"
    for name, weight, _ in layers:
        pads = [weight.shape[2] // 2] * 4
        inputs = [last, f"{name}.weight", f"{name}.bias"]
        nodes.append(helper.make_node("Conv", inputs, [name], name=name, pads=pads))
        last = name
        if name != layers[-1][0]:
            nodes.append(helper.make_node("Relu", [last], [f"{name}.relu"], name=f"{name}.relu"))
            last = f"{name}.relu"
        if name in _pooled():
            nodes.append(
                helper.make_node(
                    "MaxPool", [last], [f"{name}.pool"], kernel_shape=[2, 2], strides=[2, 2]
                )
            )
            last = f"{name}.pool"
    maps = [f"{condition}_map" for condition in CONDITIONS]
    nodes += [
        helper.make_node("Split", [last], maps, axis=1),
        helper.make_node("ReduceMean", [last], ["logits"], axes=[2, 3], keepdims=0),
        helper.make_node("Split", ["logits"], list(CONDITIONS), axis=1),
    ]
    side = size // 32
    outputs = [_value(condition, ["N", len(GRADES)]) for condition in CONDITIONS]
    outputs += [_value(name, ["N", len(GRADES), side, side]) for name in maps]
    weights = [
        numpy_helper.from_array(values, f"{name}.{part}")
        for name, weight, bias in layers
        for part, values in (("weight", weight), ("bias", bias))
    ]
    given = _value("crops", ["N", 3, size, size])
    graph = helper.make_graph(nodes, "vgg16", [given], outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _value(name: str, shape: list[str | int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def vgg16_forward(layers: Layers, crops: Floats) -> NDArray[np.float64]:
    """Return class maps (N, conditions, grades, h, w) of crops (N, 3, S, S), in float64 NumPy.

    Written from the definition: a convolution is a sum of shifted products.
    """
    values = crops.astype(np.float64)
    for name, weight, bias in layers:
        values = _convolved(values, weight) + bias[:, None, None]
        if name != layers[-1][0]:
            values = np.maximum(values, 0)
        if name in _pooled():
            n, c, h, w = values.shape
            values = values.reshape(n, c, h // 2, 2, w // 2, 2).max(axis=(3, 5))
    return values.reshape(len(values), len(CONDITIONS), len(GRADES), *values.shape[2:])


def _convolved(values: NDArray[np.float64], weight: Floats) -> NDArray[np.float64]:
    margin = weight.shape[2] // 2
    height, width = values.shape[2:]
    padded = np.pad(values, ((0, 0), (0, 0), (margin, margin), (margin, margin)))
    total = np.zeros((len(values), len(weight), height, width))
    for row in range(weight.shape[2]):
        for column in range(weight.shape[3]):
            shifted = padded[:, :, row : row + height, column : column + width]
            total += np.einsum("nchw,oc->nohw", shifted, weight[:, :, row, column], optimize=True)
    return total

"""Static int8 of a network: QuantizeLinear and DequantizeLinear around its convolutions (QDQ).

Activations are uint8, one scale a tensor; weights int8, one scale an output channel (U8S8, what
VNNI, AMX and ARM's dot product multiply). The last convolution, whose output is the class maps,
stays float32: it costs next to nothing and is where a step of 1/255 would be seen in the scores.

No torch: it runs onnxruntime. The same model and crops give the same bytes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)

Floats = NDArray[np.float32]

QUANTISED = ("Conv", "MaxPool", "Relu")
# Ranges hold this share of what was seen, so that a stray value does not coarsen all the rest. The
# demonstrator, calibrated on 45 crops of three faces and asked about 30 of two others, is off by
# 0.39 points of severity on average so, by 0.42 with least to largest, 1.1 with 0.9999, 4.0 with
# 0.999.
KEPT = 0.999999
BINS = 4096
BATCH = 8


def quantise(model: onnx.ModelProto, crops_nchw: Floats, *, kept: float = KEPT) -> onnx.ModelProto:
    """Return the model as a static QDQ graph with the same inputs and outputs, without metadata.

    `crops_nchw` is the network's input as `Network.prepare` gives it, float32 (N, 3, S, S): some
    hundreds of training crops across tones. `kept` is the share of each activation's values that
    its range holds (1.0: least to largest). Raises ValueError without crops or convolutions.
    """
    if crops_nchw.ndim != 4 or not len(crops_nchw):
        raise ValueError(f"crops must be float32 (N, 3, S, S), not {crops_nchw.shape}")
    convolutions = [node.name for node in model.graph.node if node.op_type == "Conv"]
    if not all(convolutions) or not convolutions:
        raise ValueError("the model has no convolutions, or they have no names")
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    del bare.metadata_props[:]
    ranges = activation_ranges(bare, crops_nchw, kept=kept)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "int8.onnx"
        quantize_static(
            bare,
            out,
            _Reader(model.graph.input[0].name, crops_nchw[:1]),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(QUANTISED),
            nodes_to_exclude=convolutions[-1:],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            extra_options={
                "TensorQuantOverrides": {
                    name: [{"rmin": np.float32(low), "rmax": np.float32(high)}]
                    for name, (low, high) in ranges.items()
                }
            },
        )
        made = onnx.load_model(out)
    del made.metadata_props[:]
    made.producer_name = model.producer_name
    return made


def activation_ranges(
    model: onnx.ModelProto, crops_nchw: Floats, *, kept: float = KEPT
) -> dict[str, tuple[float, float]]:
    """Return (low, high) of the network's input and of every quantised node's output, 0 within.

    Two passes in small batches, so memory does not grow with the number of crops: least and
    largest, then a histogram between them, of which `kept` stays.
    """
    given = model.graph.input[0].name
    names = [node.output[0] for node in model.graph.node if node.op_type in QUANTISED]
    extremes = dict.fromkeys([given, *names], (0.0, 0.0))
    for values in _activations(model, names, crops_nchw):
        for name, value in values.items():
            low, high = extremes[name]
            extremes[name] = min(low, float(value.min())), max(high, float(value.max()))
    if kept >= 1:
        return extremes
    counts = {name: np.zeros(BINS, np.int64) for name in extremes}
    for values in _activations(model, names, crops_nchw):
        for name, value in values.items():
            counts[name] += np.histogram(value, BINS, extremes[name])[0]
    return {name: _held(counts[name], extremes[name], kept) for name in extremes}


def _held(counts: NDArray[np.int64], span: tuple[float, float], kept: float) -> tuple[float, float]:
    """The narrowest range with zero in it that leaves at most (1 - kept) of the values outside."""
    edges = np.linspace(*span, len(counts) + 1)
    share = np.cumsum(counts) / max(int(counts.sum()), 1)
    tail = (1 - kept) / 2 if span[0] < 0 else 1 - kept
    low = edges[int(np.searchsorted(share, tail))] if span[0] < 0 else span[0]
    high = edges[min(int(np.searchsorted(share, 1 - tail)) + 1, len(counts))]
    return min(float(low), 0.0), max(float(high), 0.0)


def _activations(
    model: onnx.ModelProto, names: Sequence[str], crops_nchw: Floats
) -> Iterator[Mapping[str, Floats]]:
    telling = onnx.ModelProto()
    telling.CopyFrom(model)
    have = {value.name for value in telling.graph.output}
    for name in names:
        if name not in have:
            telling.graph.output.append(onnx.ValueInfoProto(name=name))
    options = onnxruntime.SessionOptions()
    # Fused nodes have no output to look at.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        telling.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    given = model.graph.input[0].name
    for start in range(0, len(crops_nchw), BATCH):
        batch = crops_nchw[start : start + BATCH]
        values = session.run(list(names), {given: batch})
        yield {given: batch, **dict(zip(names, values, strict=True))}


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """onnxruntime wants to calibrate even where every range is given: one crop will do."""

    def __init__(self, name: str, crops: Floats) -> None:
        self._feeds: Iterator[dict[str, Any]] = iter([{name: crops}])

    def get_next(self) -> dict[str, Any] | None:
        return next(self._feeds, None)

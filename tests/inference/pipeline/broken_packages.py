"""Packages broken in every way the check knows, made from the tiny one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.inference.pipeline.tiny_package import INT8, carrying, tiny_card, tiny_int8, tiny_model


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


def _with_int8(folder: Path, graph: bytes) -> Path:
    return _save(folder, carrying(tiny_model(tiny_card(int8=INT8)), graph))


def _int8_the_card_keeps_quiet_of(folder: Path) -> Path:
    return _save(folder, carrying(tiny_model(), tiny_int8()))


def _int8_that_is_missing(folder: Path) -> Path:
    return _save(folder, tiny_model(tiny_card(int8=INT8)))


def _int8_not_base64(folder: Path) -> Path:
    model = tiny_model(tiny_card(int8=INT8))
    model.metadata_props.append(onnx.StringStringEntryProto(key="gsh_int8", value="%%%"))
    return _save(folder, model)


def _int8_not_onnx(folder: Path) -> Path:
    return _with_int8(folder, b"\x89PNG not a model")


def _int8_of_other_weights(folder: Path) -> Path:
    return _with_int8(folder, tiny_int8(seed=8))


def _changed_int8(folder: Path, change: Callable[[onnx.ModelProto], None]) -> Path:
    model = onnx.load_model_from_string(tiny_int8())
    change(model)
    return _with_int8(folder, model.SerializeToString())


def _int8_of_external_data(folder: Path) -> Path:
    def move(model: onnx.ModelProto) -> None:
        tensor = next(t for t in model.graph.initializer if t.raw_data)
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", "weights.bin"

    return _changed_int8(folder, move)


def _int8_of_another_operator(folder: Path) -> Path:
    def add(model: onnx.ModelProto) -> None:
        last = model.graph.node[-1]
        told, last.output[0] = last.output[0], "before"
        model.graph.node.append(helper.make_node("Identity", ["before"], [told]))

    return _changed_int8(folder, add)


def _int8_of_a_custom_operator(folder: Path) -> Path:
    def add(model: onnx.ModelProto) -> None:
        last = model.graph.node[-1]
        told, last.output[0] = last.output[0], "before"
        model.graph.node.append(
            helper.make_node("Gelu", ["before"], [told], domain="com.microsoft")
        )
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))

    return _changed_int8(folder, add)


def _int8_of_fewer_outputs(folder: Path) -> Path:
    def drop(model: onnx.ModelProto) -> None:
        del model.graph.output[0]

    return _changed_int8(folder, drop)


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
    "int8 the card keeps quiet of": ("card-disagrees", _int8_the_card_keeps_quiet_of),
    "int8 that is missing": ("card-disagrees", _int8_that_is_missing),
    "int8 not base64": ("broken-int8", _int8_not_base64),
    "int8 not ONNX": ("not-onnx", _int8_not_onnx),
    "int8 of other weights": ("int8-disagrees", _int8_of_other_weights),
    "int8 of external data": ("external-data", _int8_of_external_data),
    "int8 of another operator": ("custom-operator", _int8_of_another_operator),
    "int8 of a custom operator": ("custom-operator", _int8_of_a_custom_operator),
    "int8 of fewer outputs": ("card-disagrees", _int8_of_fewer_outputs),
    "allocation bomb": ("too-much-memory", _allocation_bomb),
    "bare allocation bomb": ("no-card", _bare_allocation_bomb),
    "not ONNX": ("not-onnx", _not_onnx),
    "empty file": ("not-onnx", _empty),
    "truncated file": ("not-onnx", _truncated),
}

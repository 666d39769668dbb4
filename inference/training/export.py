"""Make a package of a run: `python -m inference.training.export --run var/runs/a --out x.onnx`.

Batch norm is folded away, the graph written node by node (16 convolutions, 5 max-pools), calibrated
on the validation split, measured as onnxruntime runs it on the test split, and the card written
from the run itself.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from inference.pipeline.anatomy import CONDITIONS, GRADES, READINGS
from inference.pipeline.card import CARD_KEY, parse_card
from inference.pipeline.network import Network
from inference.training.calibrate import calibrate, fit
from inference.training.evaluate import evaluate, write_report
from inference.training.measure import crops_for
from inference.training.train import MEAN, STD
from inference.training.vgg16 import VGG16, folded

OPSET, IR_VERSION = 17, 8
# What a card takes over from the report.
REPORTED = (
    "split", "photos", "identities", "photos_without_a_face_found", "generator_sha256",
    "conditions", "mean_absolute_severity_error", "by_skin_tone",
)  # fmt: skip


class ExportRefused(Exception):  # noqa: N818 - a refusal is named for what it says
    """A card cannot be written for this run."""


def load_network(run: Path) -> tuple[VGG16, dict[str, Any]]:
    """Return the averaged network of a run's last checkpoint, and the checkpoint."""
    state: dict[str, Any] = torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)
    network = VGG16(width=state["config"]["width"])
    network.load_state_dict(state["average"])
    return network.eval(), state


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


def card_for(
    model: onnx.ModelProto,
    report: Mapping[str, Any],
    config: Mapping[str, Any],
    *,
    version: str,
    training: Mapping[str, Any],
) -> dict[str, Any]:
    """Write the card of a measured network.

    Raises ExportRefused when the figures are not of the test split, or of other weights.
    """
    if report.get("split") != "test":
        raise ExportRefused(
            f"The figures were computed on the {report.get('split')} split. A card is only written "
            "with figures of the test split."
        )
    if report.get("graph_sha256") != graph_sha256(model):
        raise ExportRefused("The figures were computed with other weights than those exported.")
    note = (
        "Held-out generated people under a generated phone camera, landmarks found by the product. "
        "Balanced accuracy is of presence, weighted kappa of the four grades; 95% bootstrap "
        "intervals over people. They say nothing about real skin."
    )
    return {
        **_words(config["width"], version),
        "recipe": config["recipe"],
        "input": {
            "name": "crops",
            "size": config["size"],
            "window_mm": config["window_mm"],
            "layout": "NCHW",
            "colour_order": "RGB",
            "mean": list(MEAN),
            "std": list(STD),
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
        "training": dict(training),
        "performance": {**{name: report[name] for name in REPORTED}, "note": note},
    }


def _words(width: float, version: str) -> dict[str, Any]:
    return {
        "schema": "gsh-card/1",
        "name": "gsh-demonstrator",
        "version": version,
        "title": "Demonstrator: VGG16 trained on generated skin",
        "description": (
            f"VGG16 made fully convolutional (16 convolutions, 5 max-pools) at {width:g} of its "
            "width, with a soft-max per condition and its class maps as activation maps."
        ),
        "demonstrator": True,
        "intended_use": (
            "To show and test the way of a photo through the product. Research demonstration only; "
            "not for diagnosis, treatment or any decision about a person."
        ),
        "limitations": (
            "Trained and measured on generated faces only, never on a photo of a person, and not "
            "validated clinically. On real photos its grades have no known accuracy. Activation "
            "maps show where the network found evidence; they are not lesion boundaries."
        ),
        "licence": "Apache-2.0",
    }


def package_bytes(model: onnx.ModelProto, card: Mapping[str, Any]) -> bytes:
    """Return the package: the model with its card in the metadata. Raises PackageRefused."""
    text = json.dumps(card, sort_keys=True)
    parse_card(text)
    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    helper.set_model_props(whole, {CARD_KEY: text})
    return bytes(whole.SerializeToString(deterministic=True))


@contextmanager
def unmeasured(model: onnx.ModelProto, config: Mapping[str, Any]) -> Iterator[Network]:
    """Give the network of a model that has no figures yet, as onnxruntime runs it."""
    blank: dict[str, Any] = {"value": None, "low": None, "high": None}
    figures = {"balanced_accuracy": blank, "weighted_kappa": blank}
    report: dict[str, Any] = {
        **dict.fromkeys(REPORTED),
        "split": "test",
        "graph_sha256": graph_sha256(model),
        "conditions": dict.fromkeys(CONDITIONS, figures),
    }
    training = {"data": "-", "generated": True}
    card = card_for(model, report, config, version="0.0.0", training=training)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "unmeasured.onnx"
        path.write_bytes(package_bytes(model, card))
        yield Network(path, expected_sha256=None)


def made(run: Path, *, validation: int, test: int, workers: int = 1) -> tuple[
    onnx.ModelProto, dict[str, Any], dict[str, Any]
]:  # fmt: skip
    """Return a run's calibrated model, its report on test photos, and the run's state."""
    network, state = load_network(run)
    config = state["config"]
    plain = folded(network)
    model = build_graph(plain, config["size"])
    if validation:
        crops = crops_for("validation", config, validation, workers=workers)
        with unmeasured(model, config) as running:
            calibrate(plain, fit(crops, running))
        model = build_graph(plain, config["size"])
    crops = crops_for("test", config, test, workers=workers)
    with unmeasured(model, config) as running:
        report = evaluate(crops, running, split="test", graph_sha256=graph_sha256(model))
    return model, report, state


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--photos", type=int, default=200, help="test photos to measure on")
    parser.add_argument("--validation", type=int, default=100, help="photos to calibrate on")
    parser.add_argument("--workers", type=int, default=1)
    chosen = parser.parse_args()
    model, report, state = made(
        chosen.run, validation=chosen.validation, test=chosen.photos, workers=chosen.workers
    )
    config = state["config"]
    write_report(report, chosen.run / "evaluation.json")
    training = {
        "data": f"{state['photos']} generated photos, one generated person each, cut into regions",
        "generated": True,
        "photos": state["photos"],
        "validation_photos": chosen.validation,
        "steps": state["step"],
        "batch": config["batch"],
        "width": config["width"],
        "seed": config["seed"],
        "generator_sha256": state["generators"],
    }
    card = card_for(model, report, config, version=chosen.version, training=training)
    chosen.out.write_bytes(package_bytes(model, card))


if __name__ == "__main__":
    main()

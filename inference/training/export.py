"""Make a package of a run: `python -m inference.training.export --run var/runs/a --out x.onnx`.

Batch norm is folded away, the graph written, calibrated on the validation split, brought to int8 by
the ranges of training crops, and both measured as onnxruntime runs them on the test split. The card
is written from the run itself.
"""

from __future__ import annotations

import argparse
import base64
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper

from inference.pipeline.anatomy import CONDITIONS
from inference.pipeline.card import CARD_KEY, parse_card
from inference.pipeline.grades import GRADES
from inference.pipeline.network import Network
from inference.pipeline.package import INT8_KEY
from inference.pipeline.recipe import get_recipe
from inference.pipeline.score import grade_of
from inference.training.calibrate import Calibration, calibrate, fit
from inference.training.cards import REPORTED, card_for, refuse_imported_alone
from inference.training.crops import Crops, prepared
from inference.training.dataset import Settings, load_crops
from inference.training.evaluate import evaluate, photo_probabilities, write_report
from inference.training.graph import build_graph, graph_sha256
from inference.training.measure import crops_for
from inference.training.quantise import quantise
from inference.training.train import normalised
from inference.training.vgg16 import VGG16, folded

RANGE_CROPS = 480  # training crops that int8 takes its ranges from, tones in turn
RANGE_PHOTOS = 60


def load_network(run: Path) -> tuple[VGG16, dict[str, Any]]:
    """Return the averaged network of a run's last checkpoint, and the checkpoint."""
    state: dict[str, Any] = torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)
    network = VGG16(width=state["config"]["width"])
    network.load_state_dict(state["average"])
    return network.eval(), state


def package_bytes(
    model: onnx.ModelProto, card: Mapping[str, Any], int8: onnx.ModelProto | None = None
) -> bytes:
    """Return the package: the model, with card and int8 graph in its metadata.

    Raises PackageRefused.
    """
    text = json.dumps(card, sort_keys=True)
    parse_card(text)
    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    props = {CARD_KEY: text}
    if int8 is not None:
        graph = int8.SerializeToString(deterministic=True)
        props[INT8_KEY] = base64.b64encode(graph).decode()
    helper.set_model_props(whole, props)
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


def range_crops(config: Mapping[str, Any]) -> NDArray[np.float32]:
    """Return the network's input for some hundreds of training crops, spread over the photos."""
    settings = Settings(size=config["size"], window_mm=config["window_mm"])
    crops = load_crops("train", RANGE_PHOTOS, settings)
    rows = np.linspace(0, len(crops.pixels) - 1, RANGE_CROPS).astype(int)
    few = Crops(
        **{
            **vars(crops),
            **{
                name: getattr(crops, name)[rows]
                for name in ("pixels", "skin", "noise", "gains", "region", "photo", "area")
            },
        }
    )
    return network_input(prepared(few, get_recipe(config["recipe"])))


def network_input(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 (N, S, S, 3) to the network's input, float32 (N, 3, S, S)."""
    return np.asarray(normalised(pixels).numpy(), np.float32)


def agreement(crops: Crops, ours: Network, theirs: Network) -> dict[str, Any]:
    """Return how far two networks' scores of the same photos lie apart, severities in points."""
    mean_gaps, worst, same, count = [], 0.0, 0, 0
    one, other = photo_probabilities(crops, ours), photo_probabilities(crops, theirs)
    steps = 100 * np.arange(len(GRADES)) / (len(GRADES) - 1)
    for condition in CONDITIONS:
        read = np.isfinite(one[condition]).all(axis=1)
        gap = np.abs((one[condition] - other[condition])[read] @ steps)
        mean_gaps.append(gap)
        worst = max(worst, float(gap.max()))
        pairs = zip(one[condition][read], other[condition][read], strict=True)
        same += sum(grade_of(a) == grade_of(b) for a, b in pairs)
        count += int(read.sum())
    return {
        "severity_mean_abs": round(float(np.concatenate(mean_gaps).mean()), 4),
        "severity_max_abs": round(worst, 4),
        "grade_agreement": round(same / count, 4),
        "crops": len(crops.pixels),
    }


@dataclass(frozen=True)
class Made:
    """What export makes of a run."""

    model: onnx.ModelProto
    int8: onnx.ModelProto
    report: dict[str, Any]
    state: dict[str, Any]
    calibration: Calibration | None
    agreement: dict[str, Any]


def made(run: Path, *, validation: int, test: int, workers: int = 1) -> Made:
    """Calibrate a run's network, quantise it, and measure both on test photos."""
    network, state = load_network(run)
    refuse_imported_alone(state.get("sources", ()), state["generators"])
    config = state["config"]
    plain = folded(network)
    model = build_graph(plain, config["size"])
    calibration = None
    if validation:
        crops = crops_for("validation", config, validation, workers=workers)
        with unmeasured(model, config) as running:
            calibration = fit(crops, running)
        calibrate(plain, calibration)
        model = build_graph(plain, config["size"])
    int8 = quantise(model, range_crops(config))
    crops = crops_for("test", config, test, workers=workers)
    with unmeasured(model, config) as running, unmeasured(int8, config) as small:
        report = evaluate(crops, running, split="test", graph_sha256=graph_sha256(model))
        near = agreement(crops, running, small)
    return Made(model, int8, report, state, calibration, near)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--photos", type=int, default=300, help="test photos to measure on")
    parser.add_argument("--validation", type=int, default=150, help="photos to calibrate on")
    parser.add_argument("--workers", type=int, default=1)
    chosen = parser.parse_args()
    done = made(
        chosen.run, validation=chosen.validation, test=chosen.photos, workers=chosen.workers
    )
    config = done.state["config"]
    write_report(done.report, chosen.run / "evaluation.json")
    sources = done.state.get("sources", [])
    imported = "".join(f"; {s['pictures']} pictures of {s['title']}" for s in sources)
    training = {
        "data": (
            f"{done.state['photos']} generated photos, one generated person each, cut into regions"
            f"{imported}"
        ),
        "generated": True,
        "sources": sources,
        "photos": done.state["photos"],
        "validation_photos": chosen.validation,
        "steps": done.state["step"],
        "batch": config["batch"],
        "width": config["width"],
        "seed": config["seed"],
        "generator_sha256": done.state["generators"],
    }
    card = card_for(
        done.model,
        done.report,
        config,
        version=chosen.version,
        training=training,
        calibration=done.calibration,
        int8={"agreement": done.agreement},
    )
    chosen.out.write_bytes(package_bytes(done.model, card, done.int8))


if __name__ == "__main__":
    main()

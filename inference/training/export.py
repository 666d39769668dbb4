"""Make a package of a run: `python -m inference.training.export --run var/runs/a --out x.onnx`.

Batch norm is folded away, the graph written, its pooling and intervals fitted on the validation
split, brought to int8 by the ranges of training crops, and both measured as onnxruntime runs them
on the test split. The card is written from the run itself; `recalibrate.py` adds what repeated
photos say.
"""

from __future__ import annotations

import argparse
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

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.network import Network
from inference.pipeline.recipe import get_recipe
from inference.training.calibrate import entries, fit
from inference.training.cards import card_for, refuse_imported_alone
from inference.training.crops import Crops, prepared
from inference.training.dataset import Settings, load_crops
from inference.training.evaluate import crop_probabilities, evaluate, write_report
from inference.training.graph import build_graph, graph_sha256
from inference.training.measure import crops_for
from inference.training.packing import agreement, package_bytes
from inference.training.quantise import quantise
from inference.training.reported import REPORTED
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


@contextmanager
def unmeasured(
    model: onnx.ModelProto, config: Mapping[str, Any], fitted: Mapping[str, Any] | None = None
) -> Iterator[Network]:
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
    card = card_for(model, report, config, version="0.0.0", training=training, fitted=fitted)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "unmeasured.onnx"
        path.write_bytes(package_bytes(model, card))
        yield Network(path, expected_sha256=None)


def range_crops(config: Mapping[str, Any]) -> NDArray[np.float32]:
    """Return the network's input for some hundreds of training crops, spread over the photos."""
    settings = Settings(
        size=config["size"], window_mm=config["window_mm"], phones=config.get("phones", False)
    )
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


@dataclass(frozen=True)
class Made:
    """What export makes of a run."""

    model: onnx.ModelProto
    int8: onnx.ModelProto
    report: dict[str, Any]
    state: dict[str, Any]
    fitted: dict[str, Any]
    agreement: dict[str, Any]


def made(run: Path, *, validation: int, test: int, workers: int = 1) -> Made:
    """Fit what comes after a run's network, quantise it, and measure both on test photos."""
    network, state = load_network(run)
    refuse_imported_alone(state.get("sources", ()), state["generators"])
    config = state["config"]
    model = build_graph(folded(network), config["size"])
    fitted: dict[str, Any] = {}
    if validation:
        crops = crops_for("validation", config, validation, workers=workers)
        with unmeasured(model, config) as running:
            fitted = entries(*fit(crops, crop_probabilities(crops, running)))
    int8 = quantise(model, range_crops(config))
    crops = crops_for("test", config, test, workers=workers)
    with (
        unmeasured(model, config, fitted) as running,
        unmeasured(int8, config, fitted) as small,
    ):
        report = evaluate(crops, running, split="test", graph_sha256=graph_sha256(model))
        near = agreement(crops, running, small)
    return Made(model, int8, report, state, fitted, near)


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
        **({"began_with": began} if (began := done.state.get("began")) else {}),
    }
    card = card_for(
        done.model,
        done.report,
        config,
        version=chosen.version,
        training=training,
        fitted=done.fitted,
        int8={"agreement": done.agreement},
    )
    chosen.out.write_bytes(package_bytes(done.model, card, done.int8))


if __name__ == "__main__":
    main()

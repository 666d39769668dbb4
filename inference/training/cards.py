"""The model card of a trained network, written from the run and from what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import onnx

from inference.pipeline.assessed import CONDITIONS, READINGS
from inference.pipeline.grades import GRADES
from inference.training.graph import graph_sha256
from inference.training.reported import REPORTED
from inference.training.train import MEAN, STD


class ExportRefused(Exception):  # noqa: N818 - a refusal is named for what it says
    """A card cannot be written for this run."""


def card_for(
    model: onnx.ModelProto,
    report: Mapping[str, Any],
    config: Mapping[str, Any],
    *,
    version: str,
    training: Mapping[str, Any],
    fitted: Mapping[str, Any] | None = None,
    int8: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write the card of a measured network; `int8` says how far the int8 graph agrees with it.

    `fitted` are the entries that `calibrate.py` fits on validation people.

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
    extra: dict[str, Any] = dict(fitted or {})
    if int8 is not None:
        extra["int8"] = dict(int8)
    return {
        **_words(config["width"], version),
        **_imported_words(training.get("sources", ())),
        **extra,
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


def _imported_words(sources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a card says otherwise of weights that were trained on imported pictures too."""
    if not sources:
        return {}
    named = "; ".join(_named(s) for s in sources)[:2000]
    agreed = " ".join(str(s["agreed"]) for s in sources if s.get("agreed"))[:800]
    licences = ", ".join(dict.fromkeys(s["licence"]["name"] for s in sources))
    bound = any(s["licence"]["non_commercial"] for s in sources)
    return {
        "title": "Demonstrator: VGG16 trained on generated skin and imported pictures",
        "limitations": (
            f"Trained on generated faces and on imported pictures: {named}. "
            f"{agreed + ' ' if agreed else ''}"
            f"{'Not for commercial use. ' if bound else ''}"
            "Measured on generated faces only, never on a photo of a person, and not validated "
            "clinically. On real photos its grades have no known accuracy. Activation maps show "
            "where the network found evidence; they are not lesion boundaries."
        ),
        "licence": f"As the training data asks: {licences}"[:200],
    }


def _named(source: Mapping[str, Any]) -> str:
    """Title, authors where they are told, licence."""
    authors = f" by {source['authors']}" if source.get("authors") else ""
    return f"{source['title']}{authors} ({source['licence']['name']})"


def refuse_imported_alone(sources: Sequence[Mapping[str, Any]], generators: Sequence[str]) -> None:
    """Raise ExportRefused for weights trained on imported pictures and nothing else.

    Such pictures teach some conditions and leave the others as they came, often without grades; the
    card's outputs and figures are those of generated faces.
    """
    if sources and not generators:
        named = ", ".join(str(source["name"]) for source in sources)
        raise ExportRefused(
            f"This run was trained on imported pictures alone ({named}). A card is written of all "
            "eight conditions and measured on generated faces: train on these first, then go on in "
            "the same folder with --data and more --steps."
        )

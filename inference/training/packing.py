"""A package's bytes from its parts, and its two networks' agreement; needs no PyTorch."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import helper

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.card import CARD_KEY, parse_card
from inference.pipeline.grades import GRADES
from inference.pipeline.network import Network
from inference.pipeline.package import INT8_KEY
from inference.pipeline.score import grade_of
from inference.training.crops import Crops
from inference.training.evaluate import photo_probabilities


def package_bytes(
    model: onnx.ModelProto, card: Mapping[str, Any], int8: onnx.ModelProto | None = None
) -> bytes:
    """Return the package: the model, with card and int8 graph in its metadata.

    Raises PackageRefused.
    """
    graph = None
    if int8 is not None:
        graph = base64.b64encode(int8.SerializeToString(deterministic=True)).decode()
    return _whole(model, card, graph)


def with_card(package: bytes, card: Mapping[str, Any]) -> bytes:
    """Return a package's bytes with another card: both graphs are as they were.

    Raises PackageRefused.
    """
    model = onnx.load_model_from_string(package)
    carried = {entry.key: entry.value for entry in model.metadata_props}
    return _whole(model, card, carried.get(INT8_KEY))


def _whole(model: onnx.ModelProto, card: Mapping[str, Any], int8: str | None) -> bytes:
    text = json.dumps(card, sort_keys=True)
    parse_card(text)
    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    props = {CARD_KEY: text}
    if int8 is not None:
        props[INT8_KEY] = int8
    helper.set_model_props(whole, props)
    return bytes(whole.SerializeToString(deterministic=True))


def agreement(crops: Crops, ours: Network, theirs: Network) -> dict[str, Any]:
    """Return how far two networks' scores of the same photos lie apart, severities in points."""
    mean_gaps, worst, same, count = [], 0.0, 0, 0
    own, other = photo_probabilities(crops, ours), photo_probabilities(crops, theirs)
    steps = 100 * np.arange(len(GRADES)) / (len(GRADES) - 1)
    for condition in CONDITIONS:
        read = np.isfinite(own[condition]).all(axis=1)
        gap = np.abs((own[condition] - other[condition])[read] @ steps)
        mean_gaps.append(gap)
        worst = max(worst, float(gap.max()))
        pairs = zip(own[condition][read], other[condition][read], strict=True)
        same += sum(grade_of(a) == grade_of(b) for a, b in pairs)
        count += int(read.sum())
    return {
        "severity_mean_abs": round(float(np.concatenate(mean_gaps).mean()), 4),
        "severity_max_abs": round(worst, 4),
        "grade_agreement": round(same / count, 4),
        "crops": len(crops.pixels),
    }

"""The check of the int8 network a package carries: as strict as the float32 one's, and near it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.card import Card, CardOutput
from inference.pipeline.dry_run import ask, dry_run, network_input, open_session
from inference.pipeline.errors import PackageRefused
from inference.pipeline.graph_rules import check_agreement, check_graph, check_opset
from inference.pipeline.package import INT8_KEY, int8_graph, not_onnx
from participants.imaging.opencv import cv2

QUANTISING = {"QuantizeLinear", "DequantizeLinear"}
# Points of severity between int8 and float32, the mean over the constructed crops below. They are
# plainer than skin, so a network may tip from one grade to another over next to nothing there: the
# demonstrator's mean is 0.4 on crops of faces, 1.8 here, and 70 on one of these crops. What is
# refused is a graph of other weights or a failed calibration, not a rounding.
MEAN_POINTS = 5.0
# sRGB of the Fitzpatrick types' middles, from very light to very dark.
TONES = (
    (241, 214, 197),
    (226, 190, 165),
    (204, 160, 130),
    (170, 122, 92),
    (120, 80, 58),
    (72, 48, 38),
)
CROPS_PER_TONE = 4


def check_int8(
    card: Card, model: Any, content: bytes, batch: int, timed_runs: int
) -> dict[str, float] | None:
    """Check a package's int8 network; return its speed and agreement, None when it carries none.

    Raises PackageRefused: card-disagrees when only one of card and file speaks of int8, the codes
    of the float32 network's checks, custom-operator for an operator the float32 network lacks,
    int8-disagrees when its scores are too far from the float32 network's.
    """
    carried = any(entry.key == INT8_KEY for entry in model.metadata_props)
    if carried != ("int8" in card.raw):
        raise PackageRefused(
            "card-disagrees",
            f"The file carries an int8 network under {INT8_KEY!r}, but its card does not say how "
            "far it agrees (entry int8)."
            if carried
            else f"The card speaks of int8, but the file carries no network under {INT8_KEY!r}.",
        )
    if not carried:
        return None
    graph = int8_graph(content)
    _check_rules(card, model, graph)
    ran = dry_run(graph, card, batch, timed_runs)
    agreed = agreement(card, content, graph, batch)
    if agreed["severity_mean_abs"] > MEAN_POINTS:
        raise PackageRefused(
            "int8-disagrees",
            f"The int8 network's severities are {agreed['severity_mean_abs']:.1f} points from the "
            f"float32 network's on average; {MEAN_POINTS:g} are allowed. Quantise it again.",
        )
    return {"ms_per_crop": round(ran.ms_per_crop, 3), **agreed}


def _check_rules(card: Card, model: Any, graph: bytes) -> None:
    import onnx  # heavy

    try:
        quantised = onnx.load_model_from_string(graph)
    except Exception:
        raise _of_int8(not_onnx()) from None
    try:
        check_opset(quantised)
        check_graph(quantised)
        check_agreement(card, quantised)
    except PackageRefused as refusal:
        raise _of_int8(refusal) from None
    allowed = {node.op_type for node in model.graph.node} | QUANTISING
    others = sorted({node.op_type for node in quantised.graph.node} - allowed)
    if others:
        raise PackageRefused(
            "custom-operator",
            f"The int8 network uses operators the float32 one does not: {', '.join(others)}.",
        )


def _of_int8(refusal: PackageRefused) -> PackageRefused:
    return PackageRefused(refusal.code, f"The int8 network: {refusal.message}")


def agreement(card: Card, content: bytes, graph: bytes, batch: int) -> dict[str, float]:
    """Return how far an int8 graph's severities and grades are from the float32 network's.

    Points of severity, mean and worst over the constructed crops and all conditions; the share of
    equal grades; the number of crops.
    """
    names = [output.name for output in card.outputs]
    values = network_input(card, constructed_crops(card.input.size))
    both = [open_session(content), open_session(graph)]
    gaps: list[NDArray[np.float64]] = []
    equal: list[NDArray[np.bool_]] = []
    for start in range(0, len(values), batch):
        feed = {card.input.name: values[start : start + batch]}
        exact, rounded = (ask(session, names, feed) for session in both)
        for output in card.outputs:
            a, b = (_probabilities(output, given[output.name]) for given in (exact, rounded))
            steps = np.arange(len(output.grades)) * 100 / (len(output.grades) - 1)
            gaps.append(np.abs((a - b) @ steps))
            equal.append(_grades(a) == _grades(b))
    every = np.concatenate(gaps)
    return {
        "severity_mean_abs": round(float(every.mean()), 3),
        "severity_max_abs": round(float(every.max()), 3),
        "grade_agreement": round(float(np.concatenate(equal).mean()), 4),
        "crops": len(values),
    }


def constructed_crops(size: int) -> NDArray[np.uint8]:
    """Return the fixed crops of the check, uint8 (24, 3, size, size): six tones, four roughnesses.

    Plain colour, uneven light, and texture at two scales with contrast that rises from crop to
    crop. The same pixels for every package.
    """
    rng = np.random.default_rng(20261123)
    crops = []
    for tone in TONES:
        for rough in range(CROPS_PER_TONE):
            coarse, fine = (
                cv2.resize(
                    rng.normal(0, 1, (side, side, 3)), (size, size), None, 0, 0, cv2.INTER_CUBIC
                )
                for side in (6, max(size // 3, 2))
            )
            light = np.linspace(0.85, 1.1, size)[:, None, None]
            values = np.array(tone) * (light + rough * (0.02 * coarse + 0.015 * fine))
            crops.append(np.clip(values, 0, 255).round().astype(np.uint8).transpose(2, 0, 1))
    return np.stack(crops)


def _noise(rng: np.random.Generator, side: int, size: int) -> NDArray[np.float64]:
    rough = rng.normal(0, 1, (side, side))
    large = cv2.resize(rough, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.float64)[..., None]


def _probabilities(output: CardOutput, values: NDArray[np.float32]) -> NDArray[np.float64]:
    given = values.astype(np.float64)
    if output.kind == "probabilities":
        return given
    shifted = np.exp(given - given.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def _grades(probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """The median grade of each row, as scoring takes it."""
    return np.asarray((np.cumsum(probabilities, axis=1) < 0.5).sum(axis=1))

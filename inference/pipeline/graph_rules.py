"""The rules for a package's graph that need not run it: operators, opset, data, interface."""

from __future__ import annotations

from typing import Any

from inference.pipeline.card import Card
from inference.pipeline.errors import PackageRefused

STANDARD_DOMAINS = {"", "ai.onnx"}
MIN_OPSET, MAX_OPSET = 13, 25


def check_opset(model: Any) -> None:
    """Refuse an opset that is not run here."""
    for entry in model.opset_import:
        if entry.domain in STANDARD_DOMAINS and not MIN_OPSET <= entry.version <= MAX_OPSET:
            raise PackageRefused(
                "opset",
                f"The model uses opset {entry.version}; {MIN_OPSET} to {MAX_OPSET} are run here.",
            )


def check_graph(model: Any) -> None:
    """Refuse external data, custom operators and what the ONNX checker refuses."""
    import onnx
    from onnx.external_data_helper import uses_external_data

    nodes: list[Any] = []
    tensors: list[Any] = []
    _walk(model.graph, nodes, tensors)
    if any(uses_external_data(tensor) for tensor in tensors):
        raise PackageRefused(
            "external-data",
            "The model keeps weights in another file. Save it as one ONNX file with all weights.",
        )
    custom = sorted({f"{n.domain}.{n.op_type}" for n in nodes if n.domain not in STANDARD_DOMAINS})
    if custom or model.functions:
        names = ", ".join(custom) or "functions of its own"
        raise PackageRefused(
            "custom-operator", f"The model uses operators outside the ONNX standard: {names}."
        )
    try:
        onnx.checker.check_model(model, full_check=True)
    except MemoryError:
        raise
    except Exception as error:
        first = str(error).strip().splitlines()[:1] or ["no reason given"]
        raise PackageRefused(
            "not-onnx", f"The ONNX checker refuses the model: {first[0][:200]}"
        ) from None


def _walk(graph: Any, nodes: list[Any], tensors: list[Any]) -> None:
    """Gather the nodes and tensors of a graph and of all graphs within it."""
    tensors.extend(graph.initializer)
    for sparse in graph.sparse_initializer:
        tensors.extend((sparse.values, sparse.indices))
    for node in graph.node:
        nodes.append(node)
        for attribute in node.attribute:
            tensors.extend([attribute.t] if attribute.HasField("t") else [])
            tensors.extend(attribute.tensors)
            inner = [attribute.g] if attribute.HasField("g") else []
            for sub in [*inner, *attribute.graphs]:
                _walk(sub, nodes, tensors)


def check_agreement(card: Card, model: Any) -> None:
    """Refuse a card whose input or outputs are not the graph's."""
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = {value.name: value for value in model.graph.input if value.name not in weights}
    if set(inputs) != {card.input.name}:
        raise PackageRefused(
            "card-disagrees",
            f"The card names the input {card.input.name!r}; the graph has "
            f"{', '.join(sorted(inputs)) or 'none'}.",
        )
    sizes = _dims(inputs[card.input.name])
    wanted = [None, 3, card.input.size, card.input.size]
    if len(sizes) != 4 or any(
        have is not None and need is not None and have != need
        for have, need in zip(sizes, wanted, strict=True)
    ):
        raise PackageRefused(
            "wrong-shapes", f"The input should be (N, 3, S, S) of size {card.input.size}."
        )
    if sizes[0] is not None:
        raise PackageRefused(
            "wrong-shapes", "The input's first size (the batch) must be free, not a fixed number."
        )
    named = {o.name for o in card.outputs} | {o.map for o in card.outputs if o.map}
    missing = sorted(named - {value.name for value in model.graph.output})
    if missing:
        raise PackageRefused(
            "card-disagrees", f"The graph has no output named {', '.join(missing)}."
        )


def _dims(value: Any) -> list[int | None]:
    shape = value.type.tensor_type.shape.dim
    return [d.dim_value if d.HasField("dim_value") else None for d in shape]

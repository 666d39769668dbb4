"""The child process of `check_package`: limits itself, checks one file, answers one JSON line."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.card import CARD_KEY, Card
from inference.pipeline.errors import PackageRefused
from inference.pipeline.package import not_onnx, read_package

STANDARD_DOMAINS = {"", "ai.onnx"}
MIN_OPSET, MAX_OPSET = 13, 25


def main(path: Path, limits: dict[str, Any]) -> dict[str, Any]:
    """Check one file under `limits` (see `CheckLimits`); return the report or the refusal."""
    memory, seconds = limits["memory_bytes"], limits["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        return check(path, limits["dry_run_batch"], limits["timed_runs"])
    except PackageRefused as refusal:
        return {"refused": {"code": refusal.code, "message": refusal.message}}
    except MemoryError:
        return {"refused": {"code": "too-much-memory", "message": TOO_MUCH_MEMORY}}


TOO_MUCH_MEMORY = "The model asks for more memory than a worker gives it."


def check(path: Path, batch: int, timed_runs: int) -> dict[str, Any]:
    import onnx

    try:
        model = onnx.load_model(path, load_external_data=False)
    except Exception:
        raise not_onnx() from None
    # What must never be run comes before what is merely incomplete.
    _check_opset(model)
    check_graph(model)
    info = read_package(path)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    check_agreement(info.card, model)
    milliseconds, map_shape, runtime = dry_run(path, info.card, batch, timed_runs)
    return {
        "sha256": info.sha256,
        "card": metadata[CARD_KEY],
        "opset": info.opset,
        "parameters": info.parameters,
        "ms_per_crop": milliseconds,
        "map_shape": map_shape,
        "runtime": runtime,
    }


def _check_opset(model: Any) -> None:
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
        told = ", ".join(custom) or "functions of its own"
        raise PackageRefused(
            "custom-operator", f"The model uses operators outside the ONNX standard: {told}."
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


def dry_run(
    path: Path, card: Card, batch: int, timed_runs: int
) -> tuple[float, tuple[int, int] | None, str]:
    """Run random crops; return ms per crop, the maps' (h, w), and the runtime."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    crops = np.random.default_rng(20240501).integers(
        0, 256, (batch, 3, card.input.size, card.input.size)
    )
    mean, std = (np.array(v, np.float32)[:, None, None] for v in (card.input.mean, card.input.std))
    feed = {card.input.name: ((crops / np.float32(255) - mean) / std).astype(np.float32)}
    names = [o.name for o in card.outputs] + [o.map for o in card.outputs if o.map]
    try:
        session = ort.InferenceSession(
            path.read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        values = dict(zip(names, session.run(names, feed), strict=True))
        times = []
        for _ in range(timed_runs):
            start = time.perf_counter()
            session.run(names, feed)
            times.append(time.perf_counter() - start)
    except MemoryError:
        raise
    except Exception as error:
        raise _dry_run_refusal(error) from None
    map_shape = check_values(card, values, batch)
    milliseconds = 1000 * min(times) / batch if times else 0.0
    return milliseconds, map_shape, f"onnxruntime {ort.__version__}"


def _dry_run_refusal(error: Exception) -> PackageRefused:
    told = str(error).strip().splitlines()[:1] or ["no reason given"]
    if "alloc" in str(error).lower() or "memory" in str(error).lower():
        return PackageRefused("too-much-memory", TOO_MUCH_MEMORY)
    return PackageRefused("dry-run-failed", f"The model failed its dry run: {told[0][:200]}")


def check_values(card: Card, values: dict[str, Any], batch: int) -> tuple[int, int] | None:
    """Refuse outputs of wrong shape, not finite, or not the probabilities the card promises."""
    map_shape: tuple[int, int] | None = None
    for output in card.outputs:
        grades = len(output.grades)
        scores = values[output.name]
        if getattr(scores, "shape", None) != (batch, grades):
            raise _wrong_shape(output.name, f"({batch}, {grades})", scores)
        _check_numbers(output.name, output.kind, scores)
        if output.map is None:
            continue
        maps = values[output.map]
        if getattr(maps, "ndim", 0) != 4 or maps.shape[:2] != (batch, grades):
            raise _wrong_shape(output.map, f"({batch}, {grades}, h, w)", maps)
        if not 1 <= maps.shape[2] <= card.input.size or not 1 <= maps.shape[3] <= card.input.size:
            raise _wrong_shape(output.map, "maps no larger than the input", maps)
        _check_numbers(output.map, output.kind, maps)
        map_shape = (int(maps.shape[2]), int(maps.shape[3]))
    return map_shape


def _wrong_shape(name: str, wanted: str, value: Any) -> PackageRefused:
    got = getattr(value, "shape", type(value).__name__)
    return PackageRefused("wrong-shapes", f"Output {name} should be {wanted}; it is {got}.")


def _check_numbers(name: str, kind: str, values: NDArray[Any]) -> None:
    if values.dtype != np.float32:
        raise PackageRefused("wrong-shapes", f"Output {name} is {values.dtype}, not float32.")
    if not np.isfinite(values).all():
        raise PackageRefused(
            "not-finite", f"Output {name} holds values that are not numbers (NaN or infinite)."
        )
    if kind == "probabilities" and (
        (values < -1e-4).any() or not np.allclose(values.sum(axis=1), 1.0, atol=1e-3)
    ):
        raise PackageRefused(
            "not-probabilities",
            f"The card says {name} gives probabilities, but they are negative or do not sum to 1.",
        )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), json.loads(sys.stdin.read()))) + "\n")

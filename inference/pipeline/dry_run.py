"""Running a package's network for the first time, in the child process of `check_package`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.card import Card
from inference.pipeline.errors import PackageRefused

TOO_MUCH_MEMORY = "The model asks for more memory than a worker gives it."


@dataclass(frozen=True)
class DryRun:
    """What came of a dry run."""

    ms_per_crop: float
    map_shape: tuple[int, int] | None  # (h, w)
    runtime: str


def open_session(content: bytes) -> Any:
    """Return a session of one thread. Raises PackageRefused dry-run-failed, too-much-memory."""
    import onnxruntime as ort  # heavy, and only the child process opens strangers' graphs

    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except MemoryError:
        raise
    except Exception as error:
        raise _dry_run_refusal(error) from None


def ask(session: Any, names: list[str], feed: dict[str, NDArray[np.float32]]) -> dict[str, Any]:
    """Return outputs by name. Raises PackageRefused as `open_session`."""
    try:
        return dict(zip(names, session.run(names, feed), strict=True))
    except MemoryError:
        raise
    except Exception as error:
        raise _dry_run_refusal(error) from None


def network_input(card: Card, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return crops, uint8 (N, 3, S, S) in the card's colour order, as the network wants them."""
    mean, std = (np.array(v, np.float32)[:, None, None] for v in (card.input.mean, card.input.std))
    return ((crops / np.float32(255) - mean) / std).astype(np.float32)


def dry_run(content: bytes, card: Card, batch: int, timed_runs: int) -> DryRun:
    """Run random crops through an ONNX file's bytes. Raises PackageRefused with the reason."""
    import onnxruntime as ort

    size = card.input.size
    crops = np.random.default_rng(20240501).integers(0, 256, (batch, 3, size, size), np.uint8)
    feed = {card.input.name: network_input(card, crops)}
    names = [o.name for o in card.outputs] + [o.map for o in card.outputs if o.map]
    session = open_session(content)
    values = ask(session, names, feed)
    times = []
    for _ in range(timed_runs):
        start = time.perf_counter()
        ask(session, names, feed)
        times.append(time.perf_counter() - start)
    milliseconds = 1000 * min(times) / batch if times else 0.0
    map_shape = check_values(card, values, batch)
    return DryRun(milliseconds, map_shape, f"onnxruntime {ort.__version__}")


def _dry_run_refusal(error: Exception) -> PackageRefused:
    first_line = str(error).strip().splitlines()[:1] or ["no reason given"]
    if "alloc" in str(error).lower() or "memory" in str(error).lower():
        return PackageRefused("too-much-memory", TOO_MUCH_MEMORY)
    return PackageRefused("dry-run-failed", f"The model failed its dry run: {first_line[0][:200]}")


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

"""Reading and checking a model package: an ONNX file that carries its card.

`read_package` parses what its own product already accepted; `check_package` is for files from
outside, and does all of it in a child process with limits, since a 195-byte model can ask for
gigabytes when run.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inference.pipeline.card import CARD_KEY, Card, parse_card
from inference.pipeline.errors import PackageRefused

# Where a package may carry its network as static int8: base64 of an ONNX graph (QDQ).
INT8_KEY = "gsh_int8"
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class CheckLimits:
    """What the check of one package may use. Memory is address space, so it counts what the
    libraries map too (about 0.6 GiB before any model is opened)."""

    file_bytes: int = 256 * 2**20
    memory_bytes: int = 2 * 2**30
    cpu_seconds: int = 120
    wall_seconds: float = 180.0
    dry_run_batch: int = 2
    timed_runs: int = 3


@dataclass(frozen=True)
class PackageInfo:
    """What a package is: its card, the hash that pins it, and the graph's plain facts."""

    card: Card
    sha256: str
    size_bytes: int
    opset: int
    parameters: int  # numbers stored as weights
    int8: bool = False  # carries an int8 network beside the float32 one


@dataclass(frozen=True)
class CheckResult:
    """A package that passed, and how long it took."""

    info: PackageInfo
    ms_per_crop: float  # one thread, float32, the best of the timed runs
    batch: int
    runtime: str  # onnxruntime and its version
    map_shape: tuple[int, int] | None  # (h, w) of the activation maps
    int8: dict[str, float] | None = None  # ms per crop, and how far it is from float32

    def as_dict(self) -> dict[str, Any]:
        """Return the figures without the card, for a database's JSON column."""
        return {
            "sha256": self.info.sha256,
            "size_bytes": self.info.size_bytes,
            "opset": self.info.opset,
            "parameters": self.info.parameters,
            "ms_per_crop": round(self.ms_per_crop, 3),
            "batch": self.batch,
            "runtime": self.runtime,
            "map_shape": list(self.map_shape) if self.map_shape else None,
            "int8": self.int8,
        }


def sha256_of(path: Path) -> str:
    """Return the SHA-256 (hexadecimal) of a file. Raises PackageRefused not-found."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise PackageRefused("not-found", f"The file {path.name} cannot be read.") from None


def read_package(path: Path | str) -> PackageInfo:
    """Read card, hash and facts of a package without running it.

    Raises PackageRefused not-found, not-onnx, no-card, broken-card or incomplete-card. Only for
    files that passed `check_package` once, or that ship with the product.
    """
    import onnx  # heavy, and a worker that only scores never needs it

    path = Path(path)
    sha256 = sha256_of(path)
    try:
        model = onnx.load_model(path, load_external_data=False)
    except Exception:
        raise not_onnx() from None
    opset = next((o.version for o in model.opset_import if o.domain in {"", "ai.onnx"}), 0)
    if not model.graph.output or not opset:
        raise not_onnx()
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    return PackageInfo(
        card=parse_card(metadata.get(CARD_KEY)),
        sha256=sha256,
        size_bytes=path.stat().st_size,
        opset=opset,
        parameters=sum(_count(t.dims) for t in model.graph.initializer),
        int8=INT8_KEY in metadata,
    )


def int8_graph(content: bytes) -> bytes:
    """Return the int8 network, an ONNX file, that a package's bytes carry.

    Raises PackageRefused no-int8, or broken-int8 when it is not base64.
    """
    import onnx  # heavy

    model = onnx.load_model_from_string(content)
    text = next((e.value for e in model.metadata_props if e.key == INT8_KEY), None)
    if text is None:
        raise PackageRefused("no-int8", "The package carries no int8 network.")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise PackageRefused(
            "broken-int8", f"What the file carries under {INT8_KEY!r} is not base64."
        ) from None


def not_onnx() -> PackageRefused:
    return PackageRefused(
        "not-onnx", "The file is not a readable ONNX model. It may be cut short: upload it again."
    )


def _count(dims: Any) -> int:
    total = 1
    for size in dims:
        total *= int(size)
    return total


def check_package(path: Path | str, *, limits: CheckLimits | None = None) -> CheckResult:
    """Check a package from outside in a child process with limits on memory and time.

    File size, ONNX checker, no external data, no custom operators, the card present, complete and
    in agreement with the graph, a dry run on random crops, outputs of the right shape, finite, and
    probabilities where the card says so; an int8 network all the same, and close to the float32
    one. Raises PackageRefused with the reason.
    """
    limits = limits or CheckLimits()
    path = Path(path).resolve()
    _check_size(path, limits)
    before = sha256_of(path)
    report = _ask_child(path, limits)
    if "refused" in report:
        raise PackageRefused(report["refused"]["code"], report["refused"]["message"])
    if report["sha256"] != before:
        raise PackageRefused("changed", "The file changed while it was checked. Upload it again.")
    shape = report["map_shape"]
    return CheckResult(
        info=PackageInfo(
            card=parse_card(report["card"]),
            sha256=report["sha256"],
            size_bytes=path.stat().st_size,
            opset=report["opset"],
            parameters=report["parameters"],
            int8=report["int8"] is not None,
        ),
        ms_per_crop=report["ms_per_crop"],
        batch=limits.dry_run_batch,
        runtime=report["runtime"],
        map_shape=(shape[0], shape[1]) if shape else None,
        int8=report["int8"],
    )


def _check_size(path: Path, limits: CheckLimits) -> None:
    try:
        size = path.stat().st_size
    except OSError:
        raise PackageRefused("not-found", f"The file {path.name} cannot be read.") from None
    if size > limits.file_bytes:
        allowed = limits.file_bytes / 2**20
        raise PackageRefused(
            "too-large", f"The file has {size / 2**20:.0f} MiB; {allowed:.0f} MiB are allowed."
        )


def _ask_child(path: Path, limits: CheckLimits) -> dict[str, Any]:
    command = [sys.executable, "-m", "inference.pipeline.check_child", str(path)]
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        # Each thread pool maps memory of its own; the limit is meant for the model.
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
        "MALLOC_ARENA_MAX": "1",
    }
    try:
        done = subprocess.run(
            command,
            input=json.dumps(asdict(limits)),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limits.wall_seconds,
            cwd=ROOT,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _too_slow() from None
    lines = done.stdout.strip().splitlines()
    if done.returncode == 0 and lines:
        answer: dict[str, Any] = json.loads(lines[-1])
        return answer
    if done.returncode == -24:  # SIGXCPU
        raise _too_slow()
    raise PackageRefused(
        "dry-run-failed",
        "The model broke the check's process: it asked for too much memory, or it crashes the "
        "runtime. It was not registered.",
    )


def _too_slow() -> PackageRefused:
    return PackageRefused("too-slow", "The model did not finish its dry run in the time allowed.")

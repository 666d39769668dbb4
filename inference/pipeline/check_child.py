"""The child process of `check_package`: limits itself, checks one file, answers one JSON line."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

from inference.pipeline.card import CARD_KEY
from inference.pipeline.check_int8 import check_int8
from inference.pipeline.dry_run import TOO_MUCH_MEMORY, dry_run
from inference.pipeline.errors import PackageRefused
from inference.pipeline.graph_rules import check_agreement, check_graph, check_opset
from inference.pipeline.package import not_onnx, read_package


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


def check(path: Path, batch: int, timed_runs: int) -> dict[str, Any]:
    import onnx

    try:
        model = onnx.load_model(path, load_external_data=False)
    except Exception:
        raise not_onnx() from None
    # What must never be run comes before what is merely incomplete.
    check_opset(model)
    check_graph(model)
    info = read_package(path)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    check_agreement(info.card, model)
    content = path.read_bytes()
    ran = dry_run(content, info.card, batch, timed_runs)
    return {
        "sha256": info.sha256,
        "card": metadata[CARD_KEY],
        "opset": info.opset,
        "parameters": info.parameters,
        "ms_per_crop": ran.ms_per_crop,
        "map_shape": ran.map_shape,
        "runtime": ran.runtime,
        "int8": check_int8(info.card, model, content, batch, timed_runs),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]), json.loads(sys.stdin.read()))) + "\n")

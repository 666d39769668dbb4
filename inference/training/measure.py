"""Measure a package again, beside what its card says: `python -m inference.training.measure FILE`.

Draws the held-out test people (the same for everybody, by seed), finds their faces as the product
does, and runs the package with onnxruntime. Needs no PyTorch; a hundred photos take a few minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.pipeline.network import Network
from inference.pipeline.package import read_package
from inference.training.crops import Crops
from inference.training.dataset import CACHE, Settings, draw_shards, load_crops
from inference.training.evaluate import evaluate
from inference.training.generator.camera import Difficulty
from inference.training.generator.splits import Split


def crops_for(
    split: Split,
    config: Mapping[str, Any],
    photos: int,
    *,
    workers: int = 1,
    difficulty: Difficulty = "typical",
    cache: Path = CACHE,
) -> Crops:
    """Draw what is missing of a split's photos, cut by landmarks the product itself finds.

    `config` gives `size` (pixels) and `window_mm` of the crops.
    """
    settings = Settings(
        size=config["size"],
        window_mm=config["window_mm"],
        difficulty=difficulty,
        landmarks="found",
    )
    for _ in draw_shards(split, photos, settings, workers=workers, cache=cache):
        pass
    return load_crops(split, photos, settings, cache=cache)


def table(measured: Mapping[str, Any], card: Mapping[str, Any]) -> str:
    """Lines of text: each condition's figures as measured now, with intervals, and as in the card.

    `measured` is what `evaluate` returns, `card` the card's `performance`.
    """
    lines = [
        f"{'':12}{'presence, balanced accuracy':>32}{'card':>6}{'grade, kappa':>24}{'card':>6}"
    ]
    for name, figures in measured["conditions"].items():
        said = card["conditions"].get(name, {})
        cells = ""
        for figure, width in (("balanced_accuracy", 32), ("weighted_kappa", 24)):
            now = figures[figure]
            words = f"{now['value']:.2f} ({now['low']:.2f} to {now['high']:.2f})"
            cells += f"{words:>{width}}{said.get(figure, {}).get('value') or 0:>6.2f}"
        lines.append(f"{name:12}{cells}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path)
    parser.add_argument("--photos", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    package = read_package(given.package)
    card = package.card.raw
    config = {
        "size": card["input"]["size"],
        "window_mm": card["input"]["window_mm"],
    }
    crops = crops_for("test", config, given.photos, workers=given.workers)
    network = Network(given.package, expected_sha256=package.sha256)
    report = evaluate(crops, network, split="test", graph_sha256="")
    print(f"{package.card.name} {package.card.version}, {report['photos']} generated people")
    print(table(report, card["performance"]))


if __name__ == "__main__":
    main()

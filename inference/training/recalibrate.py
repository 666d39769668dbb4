"""Calibrate a package anew: `python -m inference.training.recalibrate FILE --version V --out NEW`.

The network stays as it is, bit for bit, in both precisions. What its card says of pooling, of
intervals and of repeated photos is fitted on validation people, what it says of performance and
int8 measured on test people, all drawn as for training and run by onnxruntime. Needs no PyTorch.
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
from numpy.typing import NDArray

from inference.pipeline.assessed import REGION_CODES
from inference.pipeline.card import Pooling
from inference.pipeline.network import Network
from inference.pipeline.package import read_package
from inference.pipeline.pooling import of_faces, of_regions, severities
from inference.pipeline.providers import Precision
from inference.training.calibrate import entries, fit
from inference.training.crops import Crops
from inference.training.dataset import CACHE, Settings, repeated_crops
from inference.training.evaluate import (
    crop_probabilities,
    evaluate,
    reads,
    seen,
)
from inference.training.figures import Floats, Ints
from inference.training.measure import crops_for
from inference.training.packing import agreement, with_card
from inference.training.provenance import graph_sha256
from inference.training.reported import REPORTED
from inference.training.retest import Spread, spread_of


@dataclass(frozen=True)
class Amounts:
    """How much is drawn: photos to fit on, photos to measure on, people photographed again."""

    validation: int = 160
    photos: int = 300
    people: int = 24
    repeats: int = 3
    workers: int = 1


def recalibrated(
    path: Path, *, version: str, amounts: Amounts, mirror: bool = False, cache: Path = CACHE
) -> bytes:
    """Return the package at `path` with a card of that version, fitted and measured anew.

    Raises PackageRefused for a file that is none.
    """
    package = path.read_bytes()
    card = {k: v for k, v in read_package(path).card.raw.items() if k not in _FITTED}
    card["version"] = version
    if mirror:
        card["mirror"] = True
    shape = {"size": card["input"]["size"], "window_mm": card["input"]["window_mm"]}
    crops = crops_for("validation", shape, amounts.validation, workers=amounts.workers, cache=cache)
    with opened(with_card(package, card)) as network:
        card |= entries(*fit(crops, crop_probabilities(crops, network)))
    with opened(with_card(package, card)) as network:
        again = repeated_crops(
            "validation",
            amounts.people,
            amounts.repeats,
            Settings(shape["size"], shape["window_mm"], "typical", landmarks="found"),
            cache=cache,
        )
        card["repeatability"] = repeatability(again, network)
    crops = crops_for("test", shape, amounts.photos, workers=amounts.workers, cache=cache)
    whole = with_card(package, card)
    with opened(whole) as network:
        report = evaluate(crops, network, split="test", graph_sha256=graph_sha256(path))
        card["performance"] = {
            **{name: report[name] for name in REPORTED},
            "note": card["performance"].get("note", ""),
        }
        if "int8" in card:
            with opened(whole, "int8") as small:
                card["int8"] = {"agreement": agreement(crops, network, small)}
    card["training"] = {**card["training"], "validation_photos": amounts.validation}
    return with_card(package, card)


# What a card says that is fitted or measured here, and must not leak into what is measured.
_FITTED = ("pooling", "intervals", "repeatability", "mirror")


@contextmanager
def opened(package: bytes, precision: Precision = "float32") -> Iterator[Network]:
    """Give the network of a package's bytes, on the processor and one thread."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "package.onnx"
        path.write_bytes(package)
        yield Network(
            path,
            expected_sha256=None,
            threads=1,
            providers=["CPUExecutionProvider"],
            precision=precision,
        )


def repeatability(crops: Crops, network: Network) -> dict[str, Any]:
    """Return the card's `repeatability`: within-person SD of photos of people taken repeatedly.

    `crops` hold several photos of each person, with unchanged skin.
    """
    each = crop_probabilities(crops, network)
    spreads: dict[str, Any] = {}
    for condition, read in reads(network.card).items():
        rows = np.flatnonzero(read[crops.region])
        mine = seen(crops, rows)
        p = of_faces(each[condition][rows], mine, network.card.pooling, condition)
        face = _spread(severities(p), crops.identity)
        alone, regions = of_regions(each[condition][rows], mine, network.card.pooling, condition)
        by_region = {}
        for code in np.unique(regions.region):
            which = regions.region == code
            owner = crops.identity[regions.face[which]]
            spread = _spread(severities(alone[which]), owner)
            if spread is not None:
                by_region[REGION_CODES[code]] = spread
        if face is not None:
            spreads[condition] = {"face": face, "regions": by_region}
    return {
        "data": (
            "Drawn people photographed repeatedly with unchanged skin, each time by another "
            "camera of a typical phone, in other light and pose."
        ),
        "conditions": spreads,
    }


def within_person(
    crops: Crops,
    each: Mapping[str, NDArray[np.floating]],
    pooling: Pooling | None,
    network: Network,
) -> dict[str, float]:
    """Return each condition's within-person SD over the face, points, pooled in a way."""
    deviations = {}
    for condition, read in reads(network.card).items():
        rows = np.flatnonzero(read[crops.region])
        p = of_faces(each[condition][rows], seen(crops, rows), pooling, condition)
        spread = _spread(severities(p), crops.identity)
        if spread is not None:
            deviations[condition] = float(spread["sd"])
    return deviations


def _spread(severity: Floats, identity: Ints) -> dict[str, Any] | None:
    """Return SD (points), people and photos of people with two photos or more.

    None for fewer than two such people.
    """
    known = np.isfinite(severity)
    scores = [
        severity[known & (identity == person)].tolist() for person in np.unique(identity[known])
    ]
    scores = [score for score in scores if len(score) > 1]
    if len(scores) < 2:
        return None
    spread: Spread = spread_of(scores)
    sd = float(np.sqrt(spread.squares.sum() / spread.freedom.sum()))
    return {
        "sd": round(sd, 3),
        "people": len(scores),
        "photos": sum(len(score) for score in scores),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--mirror", action="store_true", help="average each crop with its mirror")
    parser.add_argument("--validation", type=int, default=Amounts.validation)
    parser.add_argument("--photos", type=int, default=Amounts.photos, help="test photos")
    parser.add_argument("--people", type=int, default=Amounts.people, help="photographed again")
    parser.add_argument("--repeats", type=int, default=Amounts.repeats, help="photos of each")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    amounts = Amounts(given.validation, given.photos, given.people, given.repeats, given.workers)
    made = recalibrated(given.package, version=given.version, amounts=amounts, mirror=given.mirror)
    given.out.write_bytes(made)


if __name__ == "__main__":
    main()

"""The folder an import leaves: shards of crops by split, and `source.json` that tells of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.grades import GRADES
from inference.training.crops import Crops
from inference.training.dataset import read_shards
from inference.training.importers.card import MappingCard
from inference.training.importers.errors import ImportRefused
from inference.training.importers.labels import Labels, Problem
from inference.training.importers.listing import Listing
from inference.training.importers.meanings import Interval, interval_of
from inference.training.importers.parts import SPLITS

SOURCE = "source.json"
# Bits of 256 in which two looks of one picture may differ. Measured on 24 drawn faces and 24 pieces
# of skin: copies saved at JPEG quality 70 differ in 16 at most, at half the size in 18, at a third
# and quality 60 in 27 (median 15); other people framed alike in 48 at least (median 87).
SAME_LOOK = 24


def read_source(folder: Path) -> dict[str, Any]:
    """Return what `source.json` says. Raises ImportRefused when the import is not complete."""
    path = folder / SOURCE
    if not path.exists():
        raise ImportRefused(f"{folder} holds no complete import: run the importer to its end first")
    source: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return source


def load_split(folder: Path, split: str) -> Crops:
    """Load the crops of a split (train, validation or test). Raises ImportRefused."""
    read_source(folder)
    paths = sorted(folder.glob(f"{split}-[0-9]*.npz"))
    if not paths:
        raise ImportRefused(f"{folder} holds no pictures of the {split} split")
    return read_shards(paths)


def training_notice(folder: Path) -> dict[str, Any]:
    """Return what a model card must say of data its weights were trained on: origin and licence.

    Raises ImportRefused.
    """
    source = read_source(folder)
    card = source["card"]
    return {
        "name": card["name"],
        "title": card["title"],
        "licence": card["licence"],
        "citation": card["citation"],
        "card_sha256": source["card_sha256"],
        "digest": source["digest"],
        "pictures": source["pictures"],
        "people": source["people"],
        "warnings": source["warnings"],
    }


def near_copies(looks: Sequence[tuple[str, Mapping[str, str]]]) -> list[str]:
    """Return pairs of pictures in different splits that look the same: copies, or a series.

    `looks` gives for each shard its split and its pictures' looks (`look_of`) in hexadecimal.
    """
    names = [(split, image) for split, hashes in looks for image in hashes]
    if not names:
        return []
    raw = b"".join(bytes.fromhex(look) for _, hashes in looks for look in hashes.values())
    bits = np.unpackbits(np.frombuffer(raw, np.uint8).reshape(len(names), -1), axis=1)
    signs = bits.astype(np.float32) * 2 - 1
    sides = np.array([SPLITS.index(split) for split, _ in names])
    out = []
    for k, (split, image) in enumerate(names):
        apart = (signs.shape[1] - signs[k + 1 :] @ signs[k]) / 2
        for after in np.flatnonzero((apart <= SAME_LOOK) & (sides[k + 1 :] != sides[k])):
            other_split, copy = names[k + 1 + int(after)]
            out.append(f"{image} ({split}) looks like {copy} ({other_split})")
    return out


def summary_of(
    card: MappingCard,
    listing: Listing,
    seen: Set[str],
    problems: Sequence[Problem],
    near: Sequence[str],
) -> dict[str, Any]:
    """Return what `source.json` tells of an import; `seen` are the pictures that gave crops."""
    used = [item for item in listing.items if item.image in seen]
    warnings = list(listing.warnings)
    if near:
        warnings.append(f"{len(near)} pairs of pictures in different splits look the same.")
    by_split = {}
    for split in SPLITS:
        here = [item for item in used if item.split == split]
        by_split[split] = {
            "pictures": len(here),
            "people": len({item.person for item in here}),
            "labels": counts_of([item.labels for item in here]),
        }
    return {
        "card": card.raw,
        "card_sha256": card.sha256,
        "pictures": len(used),
        "people": len({item.person for item in used}),
        "by_split": by_split,
        "by_fitzpatrick": dict(sorted(Counter(str(item.fitzpatrick) for item in used).items())),
        "source_labels": {
            "used": dict(listing.tally.used.most_common()),
            "not_used": dict(listing.tally.ignored.most_common()),
        },
        "agreement": listing.agreement,
        "filtered": listing.filtered,
        "left_out": dict(Counter(problem.reason for problem in problems).most_common()),
        "problems": [asdict(problem) for problem in problems],
        "near_copies": list(near),
        "warnings": warnings,
        "files": {item.image: item.sha256 for item in listing.items},
    }


def counts_of(labels: Sequence[Labels]) -> dict[str, dict[str, int]]:
    """Return per condition how many pictures have each grade, or only a range of grades."""
    out: dict[str, dict[str, int]] = {}
    for condition in CONDITIONS:
        counts = Counter(name_of(label[condition]) for label in labels if condition in label)
        if counts:
            out[condition] = dict(sorted(counts.items()))
    return out


def name_of(interval: Interval) -> str:
    """Return the words for an interval of severities: `mild`, or `mild to severe`."""
    inside = [
        name for k, name in enumerate(GRADES) if interval[0] < sum(interval_of(k)) / 2 < interval[1]
    ]
    return inside[0] if len(inside) == 1 else f"{inside[0]} to {inside[-1]}"

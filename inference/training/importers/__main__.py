"""Import training data: `python -m inference.training.importers scin FOLDER`.

CARD is a mapping card, or the name of one that ships here (scin, fitzpatrick17k, acne04,
consensus). The same command goes on where it stopped. See docs/training-data.md.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
from tqdm import tqdm

from inference.training.dataset import CACHE
from inference.training.importers.build import (
    Plan,
    cut_all,
    finish_import,
    plan_import,
    start_import,
)
from inference.training.importers.card import read_card
from inference.training.importers.errors import ImportRefused
from inference.training.importers.folder import counts_of
from inference.training.importers.parts import SPLITS
from participants.imaging.errors import DecoderFailed
from participants.imaging.face import FaceModelsMissing


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Returns 0, or 1 when the import is refused."""
    chosen = _parser().parse_args(arguments)
    try:
        card = read_card(chosen.card)
        out = chosen.out or CACHE / card.name
        plan = plan_import(
            card,
            chosen.folder,
            out,
            size=chosen.size,
            window_mm=chosen.window_mm,
            strict=chosen.strict,
        )
        if chosen.check:
            _tell_plan(plan)
            return 0
        start_import(plan)
        cv2.setNumThreads(chosen.workers)
        with tqdm(total=len(plan.listing.items), unit="picture", mininterval=1) as bar:
            for count in cut_all(plan, workers=chosen.workers):
                bar.update(count)
        _tell(finish_import(plan, strict=chosen.strict), out)
    except (ImportRefused, FaceModelsMissing, DecoderFailed) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="importers", description=__doc__)
    parser.add_argument("card", help="a mapping card's file, or the name of one that ships here")
    parser.add_argument("folder", type=Path, help="where the data lies")
    parser.add_argument("--out", type=Path, help="default: var/training/ and the card's name")
    parser.add_argument("--size", type=int, default=128, help="pixels of a crop's side")
    parser.add_argument("--window-mm", type=float, default=40.0, help="millimetres of it")
    parser.add_argument("--workers", type=int, default=2, help="pictures decoded at a time")
    parser.add_argument("--check", action="store_true", help="only read card and tables")
    parser.add_argument("--strict", action="store_true", help="fail on anything that is amiss")
    return parser


def _tell_plan(plan: Plan) -> None:
    listing = plan.listing
    _tell_labels(
        {
            split: counts_of([item.labels for item in listing.items if item.split == split])
            for split in SPLITS
        }
    )
    people = len({item.person for item in listing.items})
    print(f"{len(listing.items)} pictures of {people} people to cut; {listing.filtered} filtered")
    _tell_problems(
        Counter(p.reason for p in listing.problems),
        [f"{p.place}: {p.message}" for p in listing.problems if p.reason != "no-label"],
        listing.warnings,
    )


def _tell(source: dict[str, Any], out: Path) -> None:
    card = source["card"]
    _tell_labels({split: part["labels"] for split, part in source["by_split"].items()})
    for condition, part in source["agreement"].items():
        kappa = part["between_readers"]
        value = "not defined" if kappa is None else f"{kappa:.2f}"
        print(f"{condition}: weighted kappa between {part['readers']} readers {value}")
    print(
        f"{source['crops']} crops of {source['pictures']} pictures of {source['people']} people "
        f"in {out}; {source['filtered']} filtered"
    )
    _tell_problems(
        source["left_out"],
        [f"{p['place']}: {p['message']}" for p in source["problems"] if p["reason"] != "no-label"]
        + source["near_copies"],
        source["warnings"],
    )
    print(f"Licence: {card['licence']['name']}. Cite: {' '.join(card['citation'].split())}")


def _tell_labels(by_split: dict[str, dict[str, dict[str, int]]]) -> None:
    for split, conditions in by_split.items():
        for condition, counts in conditions.items():
            line = ", ".join(f"{name} {count}" for name, count in counts.items())
            print(f"{split:<11}{condition:<12}{line}")


def _tell_problems(
    left_out: dict[str, int] | Counter[str], examples: list[str], warnings: list[str]
) -> None:
    if left_out:
        reasons = ", ".join(f"{reason} {count}" for reason, count in left_out.items())
        print(f"Left out or amiss: {reasons}")
    for line in examples[:5]:
        print(f"  {line}")
    if len(examples) > 5:
        print(f"  … and {len(examples) - 5} more, all in source.json")
    for warning in warnings:
        print(f"Warning: {warning}")


if __name__ == "__main__":
    sys.exit(main())

"""The trial behind the choice of pooling: `python -m inference.training.pooling_trial PACKAGE`.

The same crops of the same people, pooled in each of `ARMS`: everything fitted on validation people,
measured on test people, with landmarks found by the product. Beside the usual figures each arm is
given faces with a focal disease, put together of one region of a person with the severe grade and
the others of a person with none: a face's severity should be about the area's share, and tell it
from clear faces. Mirror images are a trial of their own: what averaging over them costs and brings.
Needs no PyTorch.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.card import Pooling
from inference.pipeline.network import Network
from inference.pipeline.pooling import Seen, of_faces, of_regions, severities
from inference.pipeline.recipe import get_recipe
from inference.training.aspects import of_tone
from inference.training.baselines import aucs
from inference.training.calibrate import FLOOR, Labelled, fit, labelled
from inference.training.crops import Crops, prepared
from inference.training.dataset import CACHE, Settings, repeated_crops
from inference.training.evaluate import TONES, Graded, draws_for, graded_from, measured, reads
from inference.training.evaluate import seen as seen_of
from inference.training.figures import Floats, draws
from inference.training.generator.splits import Split as SplitName
from inference.training.measure import crops_for
from inference.training.packing import with_card
from inference.training.recalibrate import Amounts, opened, within_person

Probabilities = Mapping[str, NDArray[np.floating]]
FOCAL_FACES = 12  # put together for each region of each condition
SEED = 20261129


@dataclass(frozen=True)
class Split:
    """The crops of one split, and what the network says of them and of their mirror images."""

    crops: Crops
    plain: Probabilities
    mirrored: Probabilities
    seconds: float  # processor time of the network over the crops, once

    @property
    def both(self) -> Probabilities:
        return {c: (plain + self.mirrored[c]) / 2 for c, plain in self.plain.items()}


def ask(crops: Crops, network: Network) -> Split:
    """Run the network over crops and over their mirror images."""
    pixels = prepared(crops, get_recipe(network.card.recipe))
    began = time.process_time()
    plain = network.predict(pixels).probabilities
    seconds = time.process_time() - began
    mirrored = network.predict(np.ascontiguousarray(pixels[:, :, ::-1])).probabilities
    return Split(crops, plain, mirrored, seconds)


def pooled(crops: Crops, each: Probabilities, pooling: Pooling | None, network: Network) -> Any:
    """Return each condition's probabilities over the photos, (P, K)."""
    by_way = {}
    for condition, read in reads(network.card).items():
        rows = np.flatnonzero(read[crops.region])
        by_way[condition] = of_faces(
            each[condition][rows], seen_of(crops, rows), pooling, condition
        )
    return by_way


def figures(crops: Crops, every: Mapping[str, Graded]) -> dict[str, Any]:
    """Return the arm's figures: means over conditions, and calibration pooled and by tone."""
    measured_conditions = measured(every, draws_for(crops, 0))["conditions"]
    names = ("grade_accuracy", "balanced_accuracy", "weighted_kappa")
    means = {
        n: round(
            float(
                np.mean(
                    [
                        condition_figures[n]["value"]
                        for condition_figures in measured_conditions.values()
                    ]
                )
            ),
            4,
        )
        for n in names
    }
    whole = np.ones(len(crops.severity), np.bool_)
    return {
        **means,
        "calibration": of_tone("all", every, whole),
        "by_tone": [
            of_tone(tone, every, np.isin(crops.fitzpatrick, types)) for tone, types in TONES.items()
        ],
    }


def focal_faces(labelled: Labelled, rng: np.random.Generator) -> tuple[Labelled, Floats]:
    """Put faces together: one region of somebody severe, the rest of somebody with none.

    Returns their crops and the area's share of the severe region of each, (faces,). None where no
    region of the condition has both.
    """
    severe, clear = (np.flatnonzero(labelled.grade == grade) for grade in (3, 0))
    parts: list[NDArray[np.int64]] = []
    shares: list[float] = []
    for region in np.unique(labelled.seen.region):
        for _ in range(FOCAL_FACES if len(severe) and len(clear) else 0):
            ill, well = rng.choice(severe), rng.choice(clear)
            here = labelled.seen.region == region
            sick = np.flatnonzero((labelled.seen.face == ill) & here)
            rest = np.flatnonzero((labelled.seen.face == well) & ~here)
            if len(sick) and len(rest):
                rows = np.concatenate([sick, rest])
                parts.append(rows)
                areas = labelled.seen.area[rows]
                shares.append(float(areas[: len(sick)].sum() / areas.sum()))
    rows = np.concatenate(parts) if parts else np.zeros(0, np.int64)
    face = np.repeat(np.arange(len(parts)), [len(p) for p in parts]).astype(np.int64)
    seen = Seen(labelled.seen.area[rows], labelled.seen.region[rows], face, len(parts))
    return replace(labelled, each=labelled.each[rows], seen=seen), np.array(shares)


def focal(
    crops: Crops, each: Probabilities, every: Mapping[str, Graded], pooling: Pooling | None
) -> dict[str, Any]:
    """Return how an arm scores focal faces: mean over conditions that have both grades."""
    rng = np.random.default_rng(SEED)
    rows = []
    for condition, values in each.items():
        faces, share = focal_faces(labelled(crops, values, condition), rng)
        if not len(share):
            continue
        given = severities(of_faces(faces.each, faces.seen, pooling, condition))
        none = every[condition].given_severity[every[condition].true == 0]
        both = np.concatenate([given, none])
        there = np.arange(len(both)) < len(given)
        areas = aucs(both, there, draws(np.arange(len(both)), resamples=0))[0]
        rows.append((given.mean(), 100 * share.mean(), areas, np.percentile(given, 10), len(share)))
    mean = np.mean([row[:4] for row in rows], axis=0)
    return {
        "faces": int(sum(row[4] for row in rows)),
        "severity": round(float(mean[0]), 2),
        "area_share": round(float(mean[1]), 2),
        "auc_against_clear": round(float(mean[2]), 4),
        "severity_of_the_lowest_tenth": round(float(mean[3]), 2),
    }


def arms(validation: Split, test: Split, network: Network) -> dict[str, Any]:
    """Return the figures of every way of pooling."""
    results: dict[str, Any] = {}
    chosen, _ = fit(validation.crops, validation.plain)
    bare = chosen.model_copy(update={"face": {}, "region": {}, "focal": {}})
    unfloored, _ = fit(validation.crops, validation.plain, least=1e-6)
    mirrored, _ = fit(validation.crops, validation.both)
    ways: dict[str, tuple[Probabilities, Pooling | None]] = {
        "arithmetic mean (0.3.0)": (test.plain, None),
        "logarithmic, floored": (test.plain, bare),
        "logarithmic, temperature and shift after it": (
            test.plain,
            chosen.model_copy(update={"focal": {}}),
        ),
        "the same, hardly floored": (test.plain, unfloored.model_copy(update={"focal": {}})),
        "chosen: floored, fitted, focal faces by their regions": (test.plain, chosen),
        "chosen, averaged with mirror images": (test.both, mirrored),
    }
    for name, (each, pooling) in ways.items():
        photos = pooled(test.crops, each, pooling, network)
        every = graded_from(test.crops, photos)
        results[name] = {
            **figures(test.crops, every),
            "focal": focal(test.crops, each, every, pooling),
        }
    return results


def mirror(validation: Split, test: Split, again: Split, network: Network) -> dict[str, Any]:
    """Return what averaging over mirror images costs and brings."""
    plain, _ = fit(validation.crops, validation.plain)
    both, _ = fit(validation.crops, validation.both)
    crop, face, region = [], [], []
    for condition, read in reads(network.card).items():
        rows = np.flatnonzero(read[test.crops.region])
        straight, other = test.plain[condition][rows], test.mirrored[condition][rows]
        seen = seen_of(test.crops, rows)
        crop.append(_rms(severities(straight), severities(other)))
        face.append(
            _rms(*(severities(of_faces(p, seen, plain, condition)) for p in (straight, other)))
        )
        region.append(
            _rms(*(severities(of_regions(p, seen, plain, condition)[0]) for p in (straight, other)))
        )
    return {
        "people_again": len(np.unique(again.crops.identity)),
        "photos_again": len(again.crops.severity),
        "rms_against_the_mirror_image": {
            "crop": round(float(np.mean(crop)), 2),
            "region": round(float(np.mean(region)), 2),
            "face": round(float(np.mean(face)), 2),
        },
        "within_person_sd": {
            "without": within_person(again.crops, again.plain, plain, network),
            "with": within_person(again.crops, again.both, both, network),
        },
        "network_ms_a_photo": {
            "without": round(1000 * test.seconds / len(test.crops.severity), 1),
            "with": round(2000 * test.seconds / len(test.crops.severity), 1),
        },
    }


def _rms(first: Floats, other: Floats) -> float:
    known = np.isfinite(first) & np.isfinite(other)
    return float(np.sqrt(np.mean((first - other)[known] ** 2)))


def _counts(amounts: Amounts) -> tuple[tuple[SplitName, int], ...]:
    return ("validation", amounts.validation), ("test", amounts.photos)


def run(path: Path, amounts: Amounts, cache: Path = CACHE) -> dict[str, Any]:
    """Return the whole trial, ready for JSON."""
    package = path.read_bytes()
    with opened(package) as there:
        card = {k: v for k, v in there.card.raw.items() if k not in ("pooling", "mirror")}
    with opened(with_card(package, card)) as network:
        size, window = network.card.input.size, network.card.input.window_mm
        shape = {"size": size, "window_mm": window}
        crops = {
            split: crops_for(split, shape, count, workers=amounts.workers, cache=cache)
            for split, count in _counts(amounts)
        }
        validation, test = (ask(crops[split], network) for split, _ in _counts(amounts))
        settings = Settings(size, window, "typical", landmarks="found")
        photos = repeated_crops(
            "validation", amounts.people, amounts.repeats, settings, cache=cache
        )
        return {
            "package": f"{network.card.name} {network.card.version}",
            "validation_photos": len(validation.crops.severity),
            "test_photos": len(test.crops.severity),
            "floor": FLOOR,
            "arms": arms(validation, test, network),
            "mirror": mirror(validation, test, ask(photos, network), network),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/evaluation/pooling.json"))
    parser.add_argument("--validation", type=int, default=Amounts.validation)
    parser.add_argument("--photos", type=int, default=Amounts.photos)
    parser.add_argument("--people", type=int, default=Amounts.people)
    parser.add_argument("--repeats", type=int, default=Amounts.repeats)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    amounts = Amounts(given.validation, given.photos, given.people, given.repeats, given.workers)
    results = run(given.package, amounts)
    given.out.write_text(json.dumps(results, indent=1, allow_nan=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

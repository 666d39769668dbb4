"""Does step one of the two-step method help? `python -m inference.training.ablation`.

The arms were fixed before any two were compared: the photo as it is, the standard recipe, and each
of its steps alone, all with augmentation. (Raw and standard without augmentation were planned too,
and left out for want of processor time.) Every arm trains the same small network from the same
seeds on the same people, and is measured on the same people of the validation split, with the
landmarks the product finds: once under a typical camera, once under a poor one. The test split is
not touched, so what is chosen here is not chosen on it.

An arm is compared with `raw+augmentation`, seed by seed, by a paired t-test (Student 1908) of the
mean over conditions; the interval is the test's own, 95%.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from tqdm import tqdm

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.grades import GRADES
from inference.pipeline.recipe import RECIPES, Recipe
from inference.pipeline.score import grade_of
from inference.training.crops import READ, Crops, prepared
from inference.training.dataset import Settings, draw_shards, load_crops
from inference.training.evaluate import TONES, balanced_accuracy, weighted_kappa
from inference.training.train import Config, Trainer, normalised
from inference.training.vgg16 import VGG16, logits_of

STANDARD = RECIPES["standard@1"]
AGAINST = "raw+augmentation"
METRICS = ("mean_balanced_accuracy", "mean_weighted_kappa")


@dataclass(frozen=True)
class Arm:
    """One way of step one."""

    code: str
    title: str
    recipe: Recipe
    augmentation: bool


def _alone(step: str) -> Recipe:
    kept = tuple(s for s in STANDARD.steps if s.step.startswith(step))
    return Recipe(f"{step}-alone", 1, f"{step} alone", kept)


NONE = RECIPES["none@1"]
ARMS = (
    Arm(AGAINST, "As photographed, augmented", NONE, True),
    Arm("standard+augmentation", "Standard recipe, augmented", STANDARD, True),
    Arm("denoise+augmentation", "Noise reduction alone, augmented", _alone("denoise"), True),
    Arm("balance+augmentation", "White balance alone, augmented", _alone("white_balance"), True),
    Arm("enhance+augmentation", "Local contrast alone, augmented", _alone("enhance"), True),
)


@dataclass(frozen=True)
class Protocol:
    """What all arms share."""

    photos: int = 600
    held_out: int = 150
    steps: int = 800
    width: float = 0.25
    seeds: tuple[int, ...] = (1, 2, 3, 4, 5)

    def config(self, arm: Arm, seed: int) -> Config:
        return Config(
            width=self.width,
            steps=self.steps,
            photos=self.photos,
            seed=seed,
            recipe=arm.recipe.code,
            augmentation=arm.augmentation,
            windows=((1.0, 64),),
            # Over the last steps only: over more, so short a run would keep its random start.
            average=0.98,
        )


def photo_probabilities(network: VGG16, crops: Crops) -> NDArray[np.float64]:
    """Return (P, 8, 4): each photo's probabilities, its crops weighted by area, NaN where unread.

    `crops.pixels` are prepared.
    """
    parts = []
    with torch.no_grad():
        for start in range(0, len(crops.pixels), 64):
            batch = normalised(crops.pixels[start : start + 64])
            with torch.autocast("cpu", torch.bfloat16):  # as in training
                maps = network(batch.contiguous(memory_format=torch.channels_last))
            parts.append(torch.softmax(logits_of(maps.float()), dim=-1).numpy())
    each = np.concatenate(parts).astype(np.float64)
    weight = crops.area[:, None] * READ[crops.region]
    total = np.zeros((len(crops.severity), *each.shape[1:]))
    np.add.at(total, crops.photo, each * weight[..., None])
    area = np.zeros(total.shape[:2])
    np.add.at(area, crops.photo, weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / area[..., None])


def figures(probabilities: NDArray[np.float64], crops: Crops) -> dict[str, Any]:
    """Return balanced accuracy of presence and weighted kappa, by condition, mean and by tone."""
    types = {"all": tuple(range(1, 7)), **TONES}
    by_tone = {}
    for tone, wanted in types.items():
        rows = np.flatnonzero(np.isin(crops.fitzpatrick, wanted))
        by_tone[tone] = _figures(probabilities[rows], crops.severity[rows])
    whole = by_tone.pop("all")
    return {**whole, "by_tone": {tone: _means(by_seed) for tone, by_seed in by_tone.items()}}


def _figures(probabilities: NDArray[np.float64], severity: NDArray[np.float32]) -> dict[str, Any]:
    accuracy, kappa = {}, {}
    for column, condition in enumerate(CONDITIONS):
        read = np.isfinite(probabilities[:, column]).all(axis=1)
        p = probabilities[read, column]
        true = np.floor(3 * severity[read, column] + 0.5).astype(np.int64)
        given = np.array([grade_of(row) for row in p], np.int64)
        accuracy[condition] = round(balanced_accuracy(true > 0, p[:, 0] < 0.5), 4)
        kappa[condition] = round(weighted_kappa(true, given, len(GRADES)), 4)
    metrics = {"balanced_accuracy": accuracy, "weighted_kappa": kappa}
    return {**metrics, **_means(metrics)}


def _means(figures: Mapping[str, Any]) -> dict[str, float]:
    return {
        f"mean_{name}": round(float(np.nanmean(list(figures[name].values()))), 4)
        for name in ("balanced_accuracy", "weighted_kappa")
    }


def compare(
    arms: Mapping[str, list[dict[str, Any]]], *, against: str = AGAINST
) -> list[dict[str, Any]]:
    """Return each arm's difference to `against`, paired by seed, under each camera."""
    rows = []
    for code, seeds in arms.items():
        if code == against:
            continue
        for split in ("typical", "shifted_camera"):
            for metric in METRICS:
                ours, theirs = (
                    [
                        arm_figures[metric] if split == "typical" else arm_figures[split][metric]
                        for arm_figures in arm_seeds
                    ]
                    for arm_seeds in (seeds, arms[against])
                )
                rows.append(
                    {"arm": code, "against": against, "metric": metric, "split": split}
                    | paired(np.array(ours), np.array(theirs))
                )
    return rows


def paired(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> dict[str, Any]:
    """Return mean difference, its 95% interval and p of a paired t-test; None for one pair."""
    difference = ours - theirs
    mean = round(float(difference.mean()), 4)
    if len(difference) < 2 or not difference.std() > 0:
        return {"mean_difference": mean, "low": None, "high": None, "p": None, "test": "none"}
    tested = stats.ttest_rel(ours, theirs)
    low, high = tested.confidence_interval(0.95)
    bounds = {"low": round(float(low), 4), "high": round(float(high), 4)}
    return {
        "mean_difference": mean,
        **bounds,
        "p": float(f"{tested.pvalue:.3g}"),
        "test": "paired t",
    }


class Study:
    """The data of all arms, and what has been trained so far; kept in one file as it goes."""

    def __init__(self, protocol: Protocol, out: Path) -> None:
        self.protocol, self.out = protocol, out
        self.train = load_crops("train", protocol.photos, Settings())
        self.held_out = {
            split: load_crops("validation", protocol.held_out, settings_of(split))
            for split in ("typical", "shifted_camera")
        }
        self.results: dict[str, list[dict[str, Any]]] = {arm.code: [] for arm in ARMS}
        self._cleaned: dict[str, tuple[Crops, dict[str, Crops]]] = {}
        if out.exists():
            before = json.loads(out.read_text(encoding="utf-8"))
            if before["protocol"] == json.loads(json.dumps(self.described())):
                kept = {arm["code"]: arm["seeds"] for arm in before["arms"]}
                self.results = {code: kept.get(code, []) for code in self.results}

    def described(self) -> dict[str, Any]:
        """Return the protocol with what drew the data."""
        return {**asdict(self.protocol), "generator_sha256": list(self.train.generators)}

    def run(self) -> Iterator[str]:
        """Train what is missing, one seed of every arm after the other, giving each one's name."""
        for seed in self.protocol.seeds:
            for arm in ARMS:
                if all(result["seed"] != seed for result in self.results[arm.code]):
                    self.results[arm.code].append({"seed": seed, **self._run_arm(arm, seed)})
                    self.write()
                yield f"{arm.code}, seed {seed}"

    def _data(self, arm: Arm) -> tuple[Crops, dict[str, Crops]]:
        """The crops of an arm's recipe, to train on and held out; kept, since seeds share them."""
        key = arm.recipe.sha256
        if key not in self._cleaned:
            whole, *parts = (
                replace(crops, pixels=prepared(crops, arm.recipe))
                for crops in (self.train, *self.held_out.values())
            )
            self._cleaned[key] = whole, dict(zip(self.held_out, parts, strict=True))
        return self._cleaned[key]

    def _run_arm(self, arm: Arm, seed: int) -> dict[str, Any]:
        data, held_out = self._data(arm)
        with tempfile.TemporaryDirectory() as folder:
            trainer = Trainer(self.protocol.config(arm, seed), Path(folder))
            # As often as they come, not balanced: nothing is calibrated afterwards.
            weights = torch.ones(len(CONDITIONS), len(GRADES))
            while trainer.step < self.protocol.steps:
                if not math.isfinite(trainer.take_step(data, weights)):
                    raise ArithmeticError(f"{arm.code}, seed {seed}: the loss is not finite")
        network = trainer.average.eval()
        results = {
            split: figures(photo_probabilities(network, crops), crops)
            for split, crops in held_out.items()
        }
        return {**results["typical"], "shifted_camera": results["shifted_camera"]}

    def write(self) -> None:
        report = {
            "command": "python -m inference.training.ablation",
            "protocol": self.described(),
            "arms": [
                {
                    "code": arm.code,
                    "title": arm.title,
                    "recipe": arm.recipe.as_dict(),
                    "augmentation": arm.augmentation,
                    "seeds": self.results[arm.code],
                }
                for arm in ARMS
            ],
            "comparisons": compare(self.results) if self._even() else [],
        }
        self.out.write_text(json.dumps(report, indent=1), encoding="utf-8")

    def _even(self) -> bool:
        return len({len(seeds) for seeds in self.results.values()}) == 1


def settings_of(split: str) -> Settings:
    """Return how the held-out photos of a camera are drawn."""
    return Settings(
        difficulty="typical" if split == "typical" else "poor",
        landmarks="found",
    )


def main() -> None:
    standard = Protocol()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("var/training/ablation.json"))
    parser.add_argument("--photos", type=int, default=standard.photos)
    parser.add_argument("--held-out", type=int, default=standard.held_out)
    parser.add_argument("--steps", type=int, default=standard.steps)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(standard.seeds))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="processes that draw the data")
    given = parser.parse_args()
    protocol = Protocol(given.photos, given.held_out, given.steps, seeds=tuple(given.seeds))
    torch.set_num_threads(given.threads)
    for split, photos, settings in (
        ("train", protocol.photos, Settings()),
        ("validation", protocol.held_out, settings_of("typical")),
        ("validation", protocol.held_out, settings_of("shifted_camera")),
    ):
        for _ in tqdm(draw_shards(split, photos, settings, workers=given.workers), desc=split):  # type: ignore[arg-type]
            pass
    study = Study(protocol, given.out)
    total = len(ARMS) * len(protocol.seeds)
    with tqdm(study.run(), total=total, unit="network") as bar:
        for name in bar:
            bar.set_postfix_str(name)
    study.write()


if __name__ == "__main__":
    main()

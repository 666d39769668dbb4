"""Train the network on generated faces: `python -m inference.training.train --out var/runs/a`.

With `--arm nuisances --pairs FOLDER` pairs of real faces (`real_faces.build`) are learnt from
beside them; the arms before it leave something out, and `drawn`, which is usual, is the control.

Draws what is missing of its data, then takes the steps asked for, saving every few minutes; the
same command goes on where it stopped. Batches and augmentation follow from seed and step alone, so
a run that was interrupted sees what an uninterrupted one would have seen. On a GPU when there is
one, in bfloat16 either way.
"""

from __future__ import annotations

import argparse
import copy
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from inference.pipeline.package import read_package
from inference.pipeline.recipe import get_recipe
from inference.training.batches import MEAN, STD, batch_of, grade_weights, normalised
from inference.training.begin import SAMPLE, network_of
from inference.training.config import ARMS, Config, rate_at, window_at
from inference.training.crops import Crops, prepared
from inference.training.dataset import draw_shards, load_crops
from inference.training.importers.folder import load_split, read_source, training_notice
from inference.training.loss import ordinal_loss
from inference.training.pair_batches import RealCrops, load_real, pair_batch
from inference.training.pair_loss import PairBatch, gap_loss, label_loss, stray_loss
from inference.training.real_faces.cache import read_source as read_real_source
from inference.training.vgg16 import VGG16, logits_of

__all__ = [
    "MEAN",
    "STD",
    "Config",
    "Trainer",
    "batch_of",
    "grade_weights",
    "normalised",
    "rate_at",
    "run",
    "training_crops",
]


class Trainer:
    """Network, running average, optimiser and step, saved and restored together."""

    def __init__(self, config: Config, out: Path) -> None:
        torch.manual_seed(config.seed)
        self.config, self.out = config, out
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        network = VGG16(width=config.width).to(self.device)
        # A third faster on a processor (measured: 83 against 116 ms a step of 32 x 64 px).
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.network: VGG16 = network
        self.average = copy.deepcopy(self.network).eval()
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.step = 0
        # Of all the photos it was shown, also before it was stopped and given others.
        self.photos = 0
        self.generators: set[str] = set()
        self.sources: list[dict[str, Any]] = []  # imported data: origin and licence
        self.began: dict[str, Any] | None = None  # the package whose network it began with

    def show(self, crops: Crops) -> None:
        """Note what the coming steps are taken on."""
        if not self.generators >= set(crops.generators):
            self.photos += len(crops.severity)
        self.photos = max(self.photos, len(crops.severity))
        self.generators |= set(crops.generators)

    def note_source(self, notice: dict[str, Any]) -> None:
        """Note imported data and its licence, so that whatever is made of the weights tells it."""
        known = {source["digest"] for source in self.sources}
        if notice["digest"] not in known:
            self.sources.append(notice)

    def save(self) -> None:
        state = {
            "step": self.step,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "config": asdict(self.config),
            "photos": self.photos,
            "generators": sorted(self.generators),
            "sources": self.sources,
            "began": self.began,
        }
        part = self.out / "checkpoint.part"
        torch.save(state, part)
        part.replace(self.out / "checkpoint.pt")

    def restore(self) -> None:
        """Go on from the last checkpoint, if there is one. Raises ValueError for another width."""
        path = self.out / "checkpoint.pt"
        if not path.exists():
            return
        state: dict[str, Any] = torch.load(path, map_location=self.device, weights_only=True)
        if state["config"]["width"] != self.config.width:
            raise ValueError(f"{path} holds a network of width {state['config']['width']}")
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = int(state["step"])
        self.photos, self.generators = int(state["photos"]), set(state["generators"])
        self.sources = list(state.get("sources", ()))
        self.began = state.get("began")

    def begin_with(self, run: Path) -> None:
        """Take over another run's network and what it was trained on, but not its steps.

        Raises FileNotFoundError, and ValueError for another width.
        """
        began = Trainer(self.config, run)
        if not (run / "checkpoint.pt").exists():
            raise FileNotFoundError(f"{run} holds no checkpoint to begin with")
        began.restore()
        self.network.load_state_dict(began.network.state_dict())
        self.average.load_state_dict(began.average.state_dict())
        self.photos, self.generators = began.photos, began.generators
        self.sources, self.began = began.sources, began.began

    def begin_with_package(self, path: Path, crops: Crops) -> None:
        """Take over a package's network and what its card says it was trained on.

        `crops` tell what its layers see. Raises FileNotFoundError, PackageRefused, and ValueError
        for another width.
        """
        package = read_package(path)
        few = np.linspace(0, len(crops.pixels) - 1, SAMPLE).astype(int)
        network = network_of(path, self.config.width, normalised(crops.pixels[few]))
        self.network.load_state_dict(network.state_dict())
        self.average.load_state_dict(network.state_dict())
        training = package.card.raw["training"]
        self.photos = training.get("photos", 0)
        self.generators = set(training.get("generator_sha256", ()))
        self.sources = list(training.get("sources", ()))
        self.began = {
            "name": package.card.name,
            "version": package.card.version,
            "sha256": package.sha256,
            "steps": training.get("steps"),
        }

    def take_step(
        self, crops: Crops, weights: torch.Tensor, real: RealCrops | None = None
    ) -> float:
        """Take one step on generated crops, and on pairs of real ones where they are given."""
        crops_in, severity, known, spread = (
            part.to(self.device) for part in batch_of(crops, self.config, self.step)
        )
        pairs = self._pairs(real) if real is not None else None
        inputs = [crops_in] if pairs is None else [crops_in, pairs.first, pairs.second]
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(self.config, self.step)
        self.network.train()
        with torch.autocast(self.device.type, torch.bfloat16):
            seen = torch.cat(inputs).contiguous(memory_format=torch.channels_last)
            maps = self.network(seen)
        logits = torch.split(logits_of(maps.float()), [len(part) for part in inputs])
        loss = ordinal_loss(logits[0], severity, known, grade_weights=weights, spread=spread)
        if pairs is not None:
            loss = loss + self._pair_loss((logits[1], logits[2]), pairs)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self.optimiser.step()
        self._follow()
        self.step += 1
        return float(loss.detach())

    def _pairs(self, real: RealCrops) -> PairBatch:
        """Return this step's pairs, drawn from a stream of their own, so that the generated crops
        of a step are the same in every arm."""
        batch = pair_batch(
            real, self.config.arm, count=self.config.pair_batch,
            side=window_at(self.config, self.step),
            rng=np.random.default_rng([self.config.seed, self.step, 11]),
            augmentation=self.config.augmentation,
        )  # fmt: skip
        return batch.to(self.device)

    def _pair_loss(
        self, logits: tuple[torch.Tensor, torch.Tensor], pairs: PairBatch
    ) -> torch.Tensor:
        arm, config = self.config.arm, self.config
        loss = config.label_weight * label_loss(logits, pairs, painted=arm != "bare")
        if arm in {"gaps", "nuisances"}:
            bound = gap_loss(logits, pairs) + stray_loss(logits, pairs)
            loss = loss + config.pair_weight * bound
        return loss

    def _follow(self) -> None:
        """Move the running average; early on faster, so that it forgets the random start."""
        keep = min(self.config.average, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            ours, theirs = self.average.state_dict(), self.network.state_dict()
            for name, value in ours.items():
                if value.dtype.is_floating_point:
                    value.lerp_(theirs[name], 1 - keep)
                else:
                    value.copy_(theirs[name])


def training_crops(config: Config) -> Crops:
    """Return what to train on: generated faces, or the training split of an import.

    Raises FileNotFoundError, ImportRefused, and ValueError for an import of other crops.
    """
    if config.data is None:
        return load_crops("train", config.photos, config.settings)
    source = read_source(Path(config.data))
    if (source["size"], source["window_mm"]) != (config.size, config.window_mm):
        raise ValueError(
            f"{config.data} holds crops of {source['size']} pixels and {source['window_mm']:g} mm, "
            f"not of {config.size} pixels and {config.window_mm:g} mm"
        )
    return load_split(Path(config.data), "train")


def real_notice(folder: Path) -> dict[str, Any]:
    """Return what a model card must say of the photographs: whose, licence, what was agreed.

    Raises PhotographsRefused.
    """
    source = read_real_source(folder)
    return {
        "name": source["name"],
        "title": source["title"],
        "authors": source["authors"],
        "licence": source["licence"],
        "citation": source["citation"],
        "card_sha256": source["split_sha256"],
        "digest": source["photographs_sha256"],
        "pictures": source["pictures"],
        "people": source["people"],
        "agreed": source["agreed"],
        "warnings": [],
    }


def require_pairs(config: Config) -> None:
    """Raise ValueError where an arm and its pairs do not go together."""
    if (config.arm == "drawn") != (config.pairs is None):
        raise ValueError(
            "The arm drawn sees no real faces, every other needs their pairs: give --arm and "
            "--pairs together."
        )


def run(config: Config, out: Path, *, save_every_s: float = 120.0) -> Iterator[tuple[int, float]]:
    """Train to the end, giving (step, loss) after each step.

    The data must have been drawn or imported, the pairs built. Raises ValueError for an arm without
    its pairs, PhotographsRefused for a folder without any.
    """
    require_pairs(config)
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(json.dumps(asdict(config), indent=1), encoding="utf-8")
    crops = training_crops(config)
    recipe = get_recipe(config.recipe)
    crops = replace(crops, pixels=prepared(crops, recipe))
    real = None if config.pairs is None else load_real(Path(config.pairs), recipe)
    trainer = Trainer(config, out)
    if config.start and not (out / "checkpoint.pt").exists():
        if config.start.endswith(".onnx"):
            trainer.begin_with_package(Path(config.start), crops)
        else:
            trainer.begin_with(Path(config.start))
    trainer.restore()
    if config.pairs is not None:
        trainer.note_source(real_notice(Path(config.pairs)))
    if config.data is None:
        trainer.show(crops)
    else:
        trainer.note_source(training_notice(Path(config.data)))
    weights = torch.from_numpy(grade_weights(crops)).to(trainer.device)
    saved = time.monotonic()
    while trainer.step < config.steps:
        loss = trainer.take_step(crops, weights, real)
        if time.monotonic() - saved > save_every_s:
            trainer.save()
            saved = time.monotonic()
        yield trainer.step, loss
    trainer.save()


def _arguments() -> tuple[Config, Path, int, int]:
    standard = Config()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--width", type=float, default=standard.width)
    parser.add_argument("--steps", type=int, default=standard.steps)
    parser.add_argument("--photos", type=int, default=standard.photos)
    parser.add_argument("--batch", type=int, default=standard.batch)
    parser.add_argument("--seed", type=int, default=standard.seed)
    parser.add_argument("--recipe", default=standard.recipe)
    parser.add_argument("--data", help="an import's folder, instead of generated faces")
    parser.add_argument("--arm", choices=ARMS, default=standard.arm, help="what real faces teach")
    parser.add_argument("--pairs", help="the folder of their pairs, from real_faces.build")
    parser.add_argument("--pair-batch", type=int, default=standard.pair_batch)
    parser.add_argument("--start", help="the run, or the package, whose network to begin with")
    parser.add_argument("--learning-rate", type=float, default=standard.learning_rate)
    parser.add_argument(
        "--phones", action="store_true", help="generated photos through phones as real ones"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2, help="processes that draw the data")
    chosen = vars(parser.parse_args())
    out, threads, workers = chosen.pop("out"), chosen.pop("threads"), chosen.pop("workers")
    return Config(**chosen), out, threads, workers


def main() -> None:
    config, out, threads, workers = _arguments()
    if config.data is None:
        shards = draw_shards("train", config.photos, config.settings, workers=workers)
        for _ in tqdm(shards, desc="shards drawn"):
            pass
    torch.set_num_threads(threads)
    smooth = 0.0
    with tqdm(total=config.steps, unit="step", mininterval=5) as bar:
        for step, loss in run(config, out):
            smooth = loss if smooth == 0 else 0.98 * smooth + 0.02 * loss
            bar.update(step - bar.n)
            bar.set_postfix(loss=f"{smooth:.3f}", refresh=False)


if __name__ == "__main__":
    main()

"""Train the network on generated faces: `python -m inference.training.train --out var/runs/a`.

Draws what is missing of its data, then takes the steps asked for, saving every few minutes; the
same command goes on where it stopped. Batches and augmentation follow from seed and step alone, so
a run that was interrupted sees what an uninterrupted one would have seen. On a GPU when there is
one, in bfloat16 either way.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from inference.pipeline.grades import GRADES
from inference.pipeline.recipe import get_recipe
from inference.training.augment import augment
from inference.training.crops import Crops, prepared
from inference.training.dataset import Settings, draw_shards, load_crops
from inference.training.importers.folder import load_split, read_source, training_notice
from inference.training.loss import ordinal_loss
from inference.training.vgg16 import VGG16, logits_of

MEAN = (0.55, 0.42, 0.36)
STD = (0.22, 0.19, 0.18)
WINDOW_MARGIN = 16  # pixels about a window, which turning and shifting it may bring in


@dataclass(frozen=True)
class Config:
    """Everything that decides a run."""

    width: float = 0.25
    steps: int = 6000
    batch: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up: int = 100
    # (share of the steps, side in pixels): until then only a window of each crop is seen.
    windows: tuple[tuple[float, int], ...] = ((0.5, 64), (0.8, 96))
    average: float = 0.998  # of the weights that are kept, per step
    photos: int = 400
    seed: int = 1
    size: int = 128
    window_mm: float = 40.0
    recipe: str = "standard@1"
    augmentation: bool = True
    data: str | None = None  # the folder of an import, trained on instead of generated faces

    @property
    def settings(self) -> Settings:
        return Settings(size=self.size, window_mm=self.window_mm)


def grade_weights(crops: Crops) -> NDArray[np.float32]:
    """Return (8, 4) weights by which each grade of a condition counts alike, 0.5 to 2."""
    counts = crops.shares.sum(axis=0)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    weights = np.clip(1 / (len(GRADES) * np.maximum(share, 1e-3)), 0.5, 2.0)
    return np.asarray(weights, np.float32)


def normalised(pixels: NDArray[np.uint8]) -> torch.Tensor:
    """uint8 (N, S, S, 3) to the network's input, float32 (N, 3, S, S)."""
    values = (pixels.astype(np.float32) / 255 - np.array(MEAN, np.float32)) / np.array(
        STD, np.float32
    )
    return torch.from_numpy(np.ascontiguousarray(values.transpose(0, 3, 1, 2)))


def window_at(config: Config, step: int) -> int:
    """Return the side in pixels that a step sees of each crop.

    Windows cost a fraction of whole crops, and the scale learnt from them stays the same, since the
    network is convolutional.
    """
    done = step / config.steps
    return next((side for share, side in config.windows if done < share), config.size)


def window_of(
    crop: NDArray[np.uint8], side: int, rng: np.random.Generator, tries: int = 3
) -> NDArray[np.uint8]:
    """Return of a few random windows the one with the most skin (what is filled is even)."""
    corners = rng.integers(0, crop.shape[0] - side + 1, (tries, 2))
    windows = [crop[y : y + side, x : x + side] for y, x in corners]
    return max(windows, key=lambda w: np.count_nonzero(w[:, 1:, 1] != w[:, :-1, 1]))


def batch_of(crops: Crops, config: Config, step: int) -> tuple[torch.Tensor, ...]:
    """Return input, severities (N, 8), which of them are known and how exactly, of one step.

    `crops.pixels` are prepared by the recipe. Without augmentation a crop is only mirrored by
    chance; windows are taken either way.
    """
    rng = np.random.default_rng([config.seed, step])
    rows = rng.choice(len(crops.pixels), config.batch, replace=len(crops.pixels) < config.batch)
    side = window_at(config, step)
    pixels = np.stack([_example(crops.pixels[row], config, side, rng) for row in rows])
    severity = np.nan_to_num(crops.severity[crops.photo[rows]])
    known = crops.known[rows].astype(np.float32)
    spread = np.zeros_like(severity)
    if crops.spread.size:
        spread = np.nan_to_num(crops.spread[crops.photo[rows]])
    labels = (torch.from_numpy(values) for values in (severity, known, spread))
    return normalised(pixels), *labels


def _example(
    crop: NDArray[np.uint8], config: Config, side: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """One crop, or a window of it. The window is cut, with a margin, before it is changed, since
    what lies outside costs as much."""
    wide = min(side + WINDOW_MARGIN, config.size)
    crop = window_of(crop, wide, rng) if wide < config.size else crop
    if config.augmentation:
        crop = augment(crop, rng)
    elif rng.random() < 0.5:
        crop = crop[:, ::-1]
    edge = (crop.shape[0] - side) // 2
    return crop[edge : edge + side, edge : edge + side]


def rate_at(config: Config, step: int) -> float:
    """Linear warm-up, then half a cosine down to a hundredth."""
    if step < config.warm_up:
        return config.learning_rate * (step + 1) / config.warm_up
    done = (step - config.warm_up) / max(config.steps - config.warm_up, 1)
    return config.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))


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

    def take_step(self, crops: Crops, weights: torch.Tensor) -> float:
        crops_in, severity, known, spread = (
            part.to(self.device) for part in batch_of(crops, self.config, self.step)
        )
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(self.config, self.step)
        self.network.train()
        with torch.autocast(self.device.type, torch.bfloat16):
            maps = self.network(crops_in.contiguous(memory_format=torch.channels_last))
        loss = ordinal_loss(
            logits_of(maps.float()), severity, known, grade_weights=weights, spread=spread
        )
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self.optimiser.step()
        self._follow()
        self.step += 1
        return float(loss.detach())

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


def run(config: Config, out: Path, *, save_every_s: float = 120.0) -> Iterator[tuple[int, float]]:
    """Train to the end, giving (step, loss) after each step.

    The data must have been drawn or imported.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / "config.json").write_text(json.dumps(asdict(config), indent=1), encoding="utf-8")
    crops = training_crops(config)
    crops = replace(crops, pixels=prepared(crops, get_recipe(config.recipe)))
    trainer = Trainer(config, out)
    trainer.restore()
    if config.data is None:
        trainer.show(crops)
    else:
        trainer.note_source(training_notice(Path(config.data)))
    weights = torch.from_numpy(grade_weights(crops)).to(trainer.device)
    saved = time.monotonic()
    while trainer.step < config.steps:
        loss = trainer.take_step(crops, weights)
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

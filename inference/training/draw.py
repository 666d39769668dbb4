"""Draw the crops of a split ahead of training: `python -m inference.training.draw`."""

from __future__ import annotations

import argparse

from tqdm import tqdm

from inference.training.dataset import PHOTOS_PER_SHARD, Settings, draw_shards


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=("train", "validation", "test"), default="train")
    parser.add_argument("--photos", type=int, default=400)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--difficulty", choices=("good", "typical", "poor"), default=None)
    parser.add_argument("--landmarks", choices=("jittered", "true", "found"), default="jittered")
    parser.add_argument("--phones", action="store_true", help="as real photographs are shot")
    chosen = parser.parse_args()
    settings = Settings(
        difficulty=chosen.difficulty, landmarks=chosen.landmarks, phones=chosen.phones
    )
    shards = draw_shards(chosen.split, chosen.photos, settings, workers=chosen.workers)
    for _ in tqdm(shards, total=-(-chosen.photos // PHOTOS_PER_SHARD), unit="shard"):
        pass


if __name__ == "__main__":
    main()

"""A child of the benchmark: ``python -m tests.benchmarks.ours PACKAGE ROUNDS PHOTO...``.

From the stored JPEG and its face points to all scores and maps, as a worker does it.
"""

import sys
from pathlib import Path

import numpy as np

from inference.pipeline.network import Network
from inference.pipeline.reading import read_jpeg
from inference.pipeline.recipe import get_recipe
from inference.pipeline.score import score_face
from tests.benchmarks.timing import Stages, repeat


def main(package: str, rounds: str, *photos: str) -> None:
    network = Network(package, expected_sha256=None)
    recipe = get_recipe(network.card.recipe)

    def score(photo: Path) -> dict[str, float]:
        stages = Stages()
        landmarks = np.load(photo.with_suffix(".npy"))
        read = read_jpeg(photo.read_bytes(), landmarks, network.card.input)
        stages.end("decode")
        result = score_face(
            read.pixels,
            read.landmarks,
            view="front",
            network=network,
            recipe=recipe,
            shrunk=read.shrunk,
        )
        return {**stages.spent, **result.timings_ms}

    repeat(score, [Path(photo) for photo in photos], int(rounds))


if __name__ == "__main__":
    main(*sys.argv[1:])

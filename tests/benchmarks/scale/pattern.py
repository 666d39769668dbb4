"""One photo of each view, really checked and scored: what every seeded photo repeats."""

import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from inference.packages.models import ModelPackage
from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.network import Network
from inference.pipeline.providers import runtime_words
from inference.pipeline.reading import read_jpeg
from inference.pipeline.recipe import get_recipe
from inference.pipeline.score import score_face
from inference.training.generator.camera import sample_camera
from inference.training.generator.face import draw_photo
from inference.training.generator.identity import sample_identity
from participants.imaging.decode import encode_clean
from participants.imaging.face import FaceFinder
from participants.imaging.profiles import PROFILES
from participants.imaging.quality import assess_quality
from studies.platform.storage import read

WIDTH, HEIGHT = 1080, 1440


class Dumped(str):
    """JSON that is text already, so that a million rows do not write it a million times."""


def dumped(value: Any) -> Dumped:
    return Dumped(json.dumps(value))


@dataclass(frozen=True)
class Pattern:
    """What a photo of one view and its run hold; the whole face's scores come first."""

    quality: Dumped
    capture: Dumped
    timings: Dumped
    measured: Dumped
    runtime: str
    scores: list[dict[str, Any]]


def make_pattern(view: str, package: ModelPackage) -> Pattern:
    """Draw a face, check and score it as a worker does."""
    drawn = draw_photo(
        sample_identity(44, fitzpatrick=4),
        dict.fromkeys(CONDITIONS, 0.4),
        view=view,
        seed=4,
        camera=sample_camera(4, difficulty="good"),
        width=WIDTH,
        height=HEIGHT,
    )
    report = assess_quality(
        drawn.pixels, view=view, profile=PROFILES["normal"], finder=FaceFinder()
    )
    assert report.face is not None, f"no face in the {view} view"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "package.onnx"
        file.write_bytes(read(package.file))
        network = Network(file, expected_sha256=package.sha256, threads=1)
        landmarks = report.face.landmarks.astype(np.float32)
        seen = read_jpeg(encode_clean(drawn.pixels), landmarks, network.card.input)
        found = score_face(
            seen.pixels,
            seen.landmarks,
            view=view,
            network=network,
            recipe=get_recipe(package.recipe),
            shrunk=seen.shrunk,
        )
    scores = [
        {
            "condition_id": one.condition,
            "region": one.region,
            "grade": one.grade,
            "severity": one.severity,
            "probabilities": dumped(one.probabilities),
            "regions_used": one.regions,
        }
        for one in sorted(found.scores, key=lambda one: one.region != "face")
    ]
    taken = {"method": "guided", "facing": "user", "trigger": "auto", "alignment": 0.91}
    return Pattern(
        dumped(report.as_dict()),
        dumped(taken),
        dumped(found.timings_ms),
        dumped(found.measured),
        runtime_words(found.runtime)[:80],
        scores,
    )

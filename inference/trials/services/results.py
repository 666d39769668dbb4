"""What a trial shows: scores, crops raw beside cleaned, maps over the photo; kept as one JSON."""

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.packages.models import ModelPackage
from inference.pipeline.grades import FACE
from inference.pipeline.recipe import get_recipe
from inference.pipeline.results import PhotoScores, Score
from inference.scoring.services.crops import CropsShown, crops_from, picture, show_crops
from inference.scoring.services.pictures import map_picture
from participants.imaging.opencv import cv2

SIDE = 960


@dataclass(frozen=True)
class ScoreLine:
    """One condition: over the face, in its regions, and why not where it was not assessable."""

    condition: str
    grade: str
    severity: float | None
    not_assessable: str
    place: float  # of the grade among the card's, 0 none to 1 the worst
    regions: list[tuple[str, float | None, str]]  # region, severity, grade or reason
    map: str  # data: address, empty without a map
    interval: tuple[float, float] | None = None  # of the severity, where the card fits one


@dataclass(frozen=True)
class Result:
    """All that the page of a trial shows. ``photo`` is a small copy, a ``data:`` address."""

    photo: str
    width: int
    height: int
    scores: list[ScoreLine]
    crops: CropsShown
    quality: dict[str, Any]
    runtime: dict[str, str]
    measured: dict[str, Any]
    timings: dict[str, float]

    @property
    def intervals(self) -> bool:
        """Whether the package gives severities with intervals."""
        return any(line.interval for line in self.scores)


def result(
    package: ModelPackage,
    pixels: NDArray[np.uint8],
    landmarks: NDArray[np.float32],
    scores: PhotoScores,
    quality: Mapping[str, Any],
    *,
    shrunk: int = 1,
) -> dict[str, Any]:
    """The result as kept, JSON-ready; ``from_dict`` reads it. ``shrunk`` as for ``show_crops``."""
    small = _small(pixels)
    trial_result = Result(
        photo=picture(small, quality=88),
        width=small.shape[1],
        height=small.shape[0],
        scores=[_line(output, scores) for output in package.card["outputs"]],
        crops=show_crops(
            pixels,
            landmarks,
            view=scores.view,
            card=package.card,
            recipe=get_recipe(scores.recipe),
            shrunk=shrunk,
        ),
        quality=dict(quality),
        runtime=scores.runtime,
        measured=scores.measured,
        timings=scores.timings_ms,
    )
    return asdict(trial_result)


def from_dict(kept: Mapping[str, Any]) -> Result:
    """What ``result`` gave, after JSON."""
    lines = [
        ScoreLine(**{**line, "regions": [tuple(region) for region in line["regions"]]})
        for line in kept["scores"]
    ]
    return Result(**{**kept, "scores": lines, "crops": crops_from(kept["crops"])})


def _small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    factor = min(1.0, SIDE / max(height, width))
    if factor == 1.0:
        return pixels
    side = (max(round(width * factor), 1), max(round(height * factor), 1))
    return np.asarray(cv2.resize(pixels, side, interpolation=cv2.INTER_AREA), np.uint8)


def _line(output: Mapping[str, Any], scores: PhotoScores) -> ScoreLine:
    condition = str(output["condition"])
    face = scores.score(condition)
    grades = list(output["grades"])
    regions: list[tuple[str, float | None, str]] = [
        (score.region, score.severity, score.grade)
        for score in scores.scores
        if score.condition == condition and score.region != FACE
    ]
    read = set(output["regions"])
    cells: dict[str, str] = {}
    for entry in scores.not_assessable:
        if entry.condition == condition or (entry.condition is None and entry.region in read):
            cells.setdefault(entry.region, entry.message)
    regions += [(region, None, words) for region, words in cells.items() if region != FACE]
    skin_map = scores.maps.get(condition)
    address = ""
    if skin_map is not None:
        address = f"data:image/png;base64,{base64.b64encode(map_picture(skin_map)).decode()}"
    return ScoreLine(
        condition=condition,
        grade=face.grade if face else "",
        severity=face.severity if face else None,
        not_assessable="" if face else cells.get(FACE, "Nothing of it could be read."),
        place=grades.index(face.grade) / (len(grades) - 1) if face else 0.0,
        regions=regions,
        map=address,
        interval=_interval(face),
    )


def _interval(face: Score | None) -> tuple[float, float] | None:
    if face is None or face.low is None or face.high is None:
        return None
    return face.low, face.high

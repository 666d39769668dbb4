"""What scoring a photo gives: plain dataclasses that turn into JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Score:
    """One condition in one region, or over the face (region `face`)."""

    condition: str
    region: str
    grade: str
    severity: float  # 0 to 100, higher is worse
    probabilities: dict[str, float]  # grade name: probability, in the card's order
    area_mm2: float  # skin the score was read from
    regions: int  # how many regions stand behind it: 1, or for the face their count
    # The severity's interval, points; None where the card fits none.
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class NotAssessable:
    """What was not scored, and why. `condition` is None when nothing is read in the region;
    region `face` when no region of a condition could be read."""

    region: str
    condition: str | None
    reason: str
    message: str


@dataclass(frozen=True)
class ActivationMap:
    """Where a condition's evidence lies: uint8 (h, w) over the whole photo, 0 none, 255 the worst
    grade or not assessed. The grid's cell (x, y) lies at photo `x * photo_width / w`, so scaling it
    to the photo's size overlays it. Never a lesion boundary."""

    condition: str
    grid: NDArray[np.uint8]
    assessed: NDArray[np.bool_]  # (h, w), true where a region was read for the condition


@dataclass(frozen=True)
class PhotoScores:
    """Everything one run of one network over one photo gives."""

    view: str
    scores: list[Score]
    not_assessable: list[NotAssessable]
    maps: dict[str, ActivationMap]
    recipe: str
    recipe_sha256: str
    model_name: str
    model_version: str
    model_sha256: str
    demonstrator: bool
    runtime: dict[str, str]
    measured: dict[str, Any]  # px_per_mm, noise_sigma, light_gains
    timings_ms: dict[str, float] = field(default_factory=dict)

    def score(self, condition: str, region: str = "face") -> Score | None:
        """Return one score, or None when it was not assessable."""
        wanted = (condition, region)
        return next((s for s in self.scores if (s.condition, s.region) == wanted), None)

    def as_dict(self) -> dict[str, Any]:
        """Return all but the maps' pixels as JSON-ready values; of each map its shape."""
        plain = {
            name: getattr(self, name)
            for name in self.__dataclass_fields__
            if name not in {"scores", "not_assessable", "maps"}
        }
        return {
            **plain,
            "scores": [asdict(score) for score in self.scores],
            "not_assessable": [asdict(entry) for entry in self.not_assessable],
            "maps": {name: list(skin_map.grid.shape) for name, skin_map in self.maps.items()},
        }

"""The regions of the face drawn on a photo: where a network reads, and whether it could."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inference.scoring.models import Score
from inference.scoring.tags import region_name
from participants.capture.models import Photo
from studies.platform.storage import read

if TYPE_CHECKING:
    from inference.pipeline.outlines import RegionOutline

UNREAD = "This model does not read it."


@dataclass(frozen=True)
class OutlineShown:
    """One region of the face on the photo.

    Attributes:
        points: Its corners in pixels of the upright photo, ``x,y x,y``; empty where it is not seen.
        read: Whether the run shown read it; ``None`` where no run is.
        why: Why it was not read, or is not seen.
    """

    region: str
    points: str
    read: bool | None
    why: str = ""

    @property
    def name(self) -> str:
        return region_name(self.region)


@dataclass(frozen=True)
class Outlines:
    """Those of one photo; without any, ``problem`` says in a sentence why there are none."""

    regions: list[OutlineShown]
    problem: str = ""

    @property
    def drawn(self) -> list[OutlineShown]:
        """Those that lie on the photo."""
        return [outline for outline in self.regions if outline.points]

    @property
    def undrawn(self) -> list[OutlineShown]:
        """Those that do not, each with why."""
        return [outline for outline in self.regions if not outline.points]


def outlines_of(photo: Photo, scores: Sequence[Score] | None = None) -> Outlines:
    """The outlines by the landmarks that the photo's check kept; no network is run.

    ``scores`` are those of one run over the photo: they tell which regions it could read.
    """
    if not photo.landmarks_file or not photo.width or not photo.height:
        return Outlines([], "The check of this photo kept no points of a face to draw them by.")
    import numpy as np

    from inference.pipeline.outlines import region_outlines

    try:
        kept = np.load(io.BytesIO(read(photo.landmarks_file)), allow_pickle=False)
        points = np.asarray_chkfinite(kept, np.float32)
        found = region_outlines(points, photo.view, frame=(photo.width, photo.height))
    except (OSError, ValueError, EOFError):
        return Outlines([], "The points of the face that were kept with this photo are spoilt.")
    by_region = None if scores is None else _by_region(scores)
    shown = [_shown(outline, by_region) for outline in found]
    if not any(outline.points for outline in shown):
        return Outlines([], shown[0].why)
    return Outlines(shown)


def _by_region(scores: Sequence[Score]) -> dict[str, list[Score]]:
    found: dict[str, list[Score]] = {}
    for score in scores:
        found.setdefault(score.region, []).append(score)
    return found


def _shown(outline: RegionOutline, scores: dict[str, list[Score]] | None) -> OutlineShown:
    code = outline.region
    if outline.unseen is not None:
        return OutlineShown(code, "", False, outline.unseen.message)
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in outline.points)
    if scores is None:
        return OutlineShown(code, points, None)
    said = scores.get(code, [])
    if any(score.severity is not None for score in said):
        return OutlineShown(code, points, True)
    why = said[0].not_assessable if said else UNREAD
    return OutlineShown(code, points, False, why)

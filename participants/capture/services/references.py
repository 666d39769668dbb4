"""The outline a participant fits their face into: the landmarks of an earlier photo, no pixels.

From the second visit on, each view is framed like the first accepted photo of that view in an
earlier visit. A personal link may be passed on, so what leaves the server is a drawing of some
seventy points, never the photo or anything cut from it.
"""

import io
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from participants.capture.models import Photo
from participants.imaging.opencv import cv2
from participants.imaging.pose import fit_pose
from participants.imaging.topology import LEFT_BROW, LIPS, RIGHT_BROW
from participants.visits.models import Visit
from studies.platform.storage import read

NOSE = (168, 6, 197, 195, 5, 4)
NOSTRILS = (129, 98, 97, 2, 326, 327, 358)
# Lips closed by their first point, the upper edge of the brows.
LINES = (
    (*LIPS, LIPS[0]),
    RIGHT_BROW[:5],
    LEFT_BROW[:5],
    NOSE,
    NOSTRILS,
)


@dataclass(frozen=True)
class Outline:
    """A face as lines, in units of the photo's longer side from its middle, x right and y down.

    The longer side, because a camera's photo and its video share it while the other side differs.
    ``height`` is that of the box around all points; ``pose`` holds yaw, pitch and roll in degrees
    (``participants.imaging.pose``).
    """

    lines: list[list[list[float]]]
    centre: list[float]
    height: float
    pose: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return asdict(self)


def outlines_for(visit: Visit) -> dict[str, Outline]:
    """Return the outline of each view of ``visit`` that an earlier visit has a photo of.

    The participant's own photos only, the first accepted one of each view. A view is left out
    where there is none, or where its landmarks are missing or spoilt: the page then shows a face
    for anybody.
    """
    earlier = (
        Photo.objects.filter(
            visit__participant=visit.participant_id,
            visit__opens_on__lt=visit.opens_on,
            view__in=visit.definition.views,
            state=Photo.State.ACCEPTED,
            width__gt=0,
            height__gt=0,
        )
        .exclude(landmarks_file="")
        .order_by("visit__opens_on", "received_at")
    )
    outlines: dict[str, Outline] = {}
    for photo in earlier:
        if photo.view in outlines:
            continue
        points = _landmarks(photo)
        if points is not None:
            outlines[photo.view] = outline_of(points, photo.width or 0, photo.height or 0)
    return outlines


def outline_of(points: NDArray[np.float32], width: int, height: int) -> Outline:
    """Return the outline of landmarks (468, 3) in pixels of a photo of this size."""
    longer = float(max(width, height))
    placed = (points[:, :2] - np.array([width, height]) / 2) / longer
    low, high = placed.min(axis=0), placed.max(axis=0)
    pose = fit_pose(points)
    return Outline(
        lines=[np.round(line, 4).tolist() for line in _lines(placed)],
        centre=np.round((low + high) / 2, 4).tolist(),
        height=round(float(high[1] - low[1]), 4),
        pose={
            "yaw": round(pose.yaw, 2),
            "pitch": round(pose.pitch, 2),
            "roll": round(pose.roll, 2),
        },
    )


def _lines(placed: NDArray[np.floating]) -> list[NDArray[np.floating]]:
    """Return the silhouette, closed, then brows, nose and mouth.

    The silhouette is the hull of all points: the face oval of a turned head folds over itself.
    """
    around = np.asarray(cv2.convexHull(placed.astype(np.float32)))[:, 0]
    return [np.vstack([around, around[:1]]), *(placed[list(line)] for line in LINES)]


def _landmarks(photo: Photo) -> NDArray[np.float32] | None:
    try:
        points = np.load(io.BytesIO(read(photo.landmarks_file)), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return points if points.shape == (468, 3) and bool(np.isfinite(points).all()) else None

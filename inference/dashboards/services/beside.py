"""One view of a participant at all visits: the photos, and how they lie on each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inference.dashboards.services.outlines import Outlines, outlines_of
from inference.dashboards.services.photo_scores import PhotoScale, photo_scale
from participants.capture.models import Photo
from participants.people.models import Participant
from studies.access.models import User

if TYPE_CHECKING:
    from inference.pipeline.registration import Similarity

MOST = 4  # photos side by side


@dataclass(frozen=True)
class Laid:
    """A photo, and the similarity that carries the first photo's pixels onto its own.

    Attributes:
        by: ``None`` where the check found no face to go by.
        misses_mm: Root mean square by which the steady points miss each other, on the face;
            ``None`` where only box and size of the face are known.
        outlines: The regions of the face in which networks read this view.
    """

    photo: Photo
    scale: PhotoScale | None
    by: Similarity | None
    misses_mm: float | None
    outlines: Outlines

    @property
    def transform(self) -> dict[str, float] | None:
        """As the page's module takes it."""
        return None if self.by is None else dict(vars(self.by))


def photos_of_view(*, participant: Participant, view: str, user: User) -> list[Photo]:
    """The accepted photos of ``view`` that ``user`` may see, by day of the visit."""
    seen = Photo.objects.visible_to(user).filter(
        visit__participant=participant, view=view, state=Photo.State.ACCEPTED
    )
    related = seen.select_related("visit__definition", "visit__participant__study")
    shown = [photo for photo in related if photo.upright_file and not photo.kept_out]
    return sorted(shown, key=lambda photo: (photo.visit.opens_on, photo.visit_id))


def chosen_of(photos: Sequence[Photo], wanted: Sequence[str]) -> list[Photo]:
    """Those ``wanted`` by number, at most four, in the order of visits; else the first and last."""
    asked = [photo for photo in photos if str(photo.pk) in set(wanted)][:MOST]
    if asked:
        return asked
    return [photos[0], photos[-1]] if len(photos) > 1 else list(photos)


def lay(photos: Sequence[Photo]) -> list[Laid]:
    """Each photo with how the first one lies on it."""
    return [_laid(photos[0], photo) for photo in photos]


def _laid(first: Photo, photo: Photo) -> Laid:
    from inference.pipeline.registration import by_box, fit_similarity

    scale, outlines = photo_scale(photo), outlines_of(photo)
    mine, theirs = _face(first), _face(photo)
    if mine is None or theirs is None:
        return Laid(photo, scale, None, None, outlines)
    if "points" in mine and "points" in theirs:
        by, misses = fit_similarity(mine["points"], theirs["points"])
        missed = misses * scale.mm_per_pixel if scale else None
        return Laid(photo, scale, by, missed, outlines)
    return Laid(photo, scale, by_box(mine, theirs), None, outlines)


def _face(photo: Photo) -> dict[str, Any] | None:
    return (photo.quality or {}).get("face")

"""The visits of a participant across and the views down, for pages."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch
from django.utils.translation import ngettext

from participants.capture.models import Photo
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.protocol.models import View

# Which of several photos of one view stands for it: the one that counts, then the newest.
_COUNTS = {
    Photo.State.ACCEPTED: 0,
    Photo.State.HELD: 1,
    Photo.State.RECEIVED: 1,
    Photo.State.RETAKE_WANTED: 2,
    Photo.State.EXCLUDED: 2,
}


@dataclass(frozen=True)
class Cell:
    """One view at one visit: the photo that counts, and those it took the place of."""

    view: View
    asked: bool
    photo: Photo | None
    earlier: list[Photo]

    @property
    def photos(self) -> list[Photo]:
        return [*([self.photo] if self.photo else []), *self.earlier]


@dataclass(frozen=True)
class Column:
    """One visit as of a day."""

    visit: Visit
    standing: Visit.State
    late_days: int
    cells: list[Cell]

    @property
    def words(self) -> str:
        """The standing, and how many photos were excluded once they could not be retaken."""
        if not self.excluded:
            return str(self.standing.label)
        counted = ngettext("%(n)s photo excluded", "%(n)s photos excluded", self.excluded)
        return f"{self.standing.label}, {counted % {'n': self.excluded}}"

    @property
    def excluded(self) -> int:
        """How many views are left with a photo that a person excluded."""
        return sum(
            cell.photo is not None and cell.photo.state == Photo.State.EXCLUDED
            for cell in self.cells
        )

    @property
    def lacking(self) -> int:
        """How many views asked for have no accepted photo."""
        accepted = Photo.State.ACCEPTED
        return sum(
            cell.asked and (cell.photo is None or cell.photo.state != accepted)
            for cell in self.cells
        )


@dataclass(frozen=True)
class Row:
    """One view across the visits."""

    view: View
    cells: list[tuple[Column, Cell]]


def photos_shown() -> Prefetch[str]:
    """For ``prefetch_related``: the visits' photos, but those that are locked."""
    return Prefetch("photos", Photo.objects.in_use().select_related("check_work", "added_by"))


def columns(participant: Participant, on: date) -> list[Column]:
    """Every visit of ``participant`` with its photos, in the order of the schedule."""
    visits = participant.visits.select_related("definition").prefetch_related(photos_shown())
    return [column(visit, on) for visit in visits]


def column(visit: Visit, on: date) -> Column:
    """One visit with its photos; use a visit whose ``photos`` are prefetched where it matters."""
    by_view: dict[str, list[Photo]] = defaultdict(list)
    for photo in sorted(visit.photos.all(), key=lambda p: p.received_at, reverse=True):
        by_view[photo.view].append(photo)
    cells = []
    for view in View:
        photos = sorted(by_view[view], key=lambda p: _COUNTS.get(Photo.State(p.state), 3))
        first = photos[0] if photos else None
        cells.append(Cell(view, view in visit.definition.views, first, photos[1:]))
    standing = visit.standing_on(on)
    open_states = (Visit.State.DUE, Visit.State.IN_PROGRESS)
    late = max(0, (on - visit.scheduled_on).days) if standing in open_states else 0
    return Column(visit, standing, late, cells)


def rows(columns: list[Column]) -> list[Row]:
    """The same, turned: views that any visit asks for or has a photo of."""
    turned = []
    for place, view in enumerate(View):
        cells = [(column, column.cells[place]) for column in columns]
        if any(cell.asked or cell.photo for _, cell in cells):
            turned.append(Row(view, cells))
    return turned

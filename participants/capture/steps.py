"""What a participant has done and has still to do, as the pages show it."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from participants.capture.models import Photo
from participants.people.models import Participant
from participants.visits.models import WAITING, Visit
from studies.protocol.models import View

# In the participant's own words: left is their own left cheek, as in a mirror.
NAMES: dict[str, str | Promise] = {
    View.FRONT: _("Front"),
    View.LEFT: _("Left cheek"),
    View.RIGHT: _("Right cheek"),
}


@dataclass(frozen=True)
class Step:
    """One view of a visit: ``todo``, ``checking``, ``accepted`` or ``retake``."""

    view: str
    state: str
    url: str
    photo: Photo | None = None

    @property
    def name(self) -> str | Promise:
        return NAMES[self.view]

    @property
    def wanted(self) -> bool:
        """Whether a photo is to be taken now."""
        return self.state in ("todo", "retake")

    @property
    def reasons(self) -> list[dict[str, str]]:
        """Why another photo is wanted: ``{code, message}``."""
        return self.photo.retake_reasons if self.photo and self.state == "retake" else []


STATES = {
    Photo.State.RECEIVED: "checking",
    Photo.State.ACCEPTED: "accepted",
    Photo.State.RETAKE_WANTED: "retake",
}


def steps_of(visit: Visit) -> list[Step]:
    """The views of ``visit`` in the order asked for, each with the photo that counts for it.

    An accepted photo counts before any other, then the one that came last.
    """
    counting: dict[str, Photo] = {}
    for photo in visit.photos.exclude(state=Photo.State.REPLACED).order_by("received_at"):
        known = counting.get(photo.view)
        if known is None or known.state != Photo.State.ACCEPTED:
            counting[photo.view] = photo
    return [_step(visit, view, counting.get(view)) for view in visit.definition.views]


def _step(visit: Visit, view: str, photo: Photo | None) -> Step:
    state = STATES[Photo.State(photo.state)] if photo else "todo"
    return Step(view, state, reverse("my:capture", args=[visit.definition.code, view]), photo)


def next_wanted(steps: list[Step], after: str | None = None) -> Step | None:
    """The next step to take: from ``after`` onwards, then from the start."""
    views = [step.view for step in steps]
    start = views.index(after) + 1 if after in views else 0
    ordered = steps[start:] + steps[:start]
    return next((step for step in ordered if step.wanted and step.view != after), None)


def coming_visits(participant: Participant, on: date) -> list[Visit]:
    """Visits whose window opens after ``on``."""
    if participant.state != Participant.State.ENROLLED:
        return []
    waiting = participant.visits.filter(state__in=WAITING, opens_on__gt=on)
    return list(waiting.select_related("definition").order_by("opens_on"))

"""What a participant has done and has still to do, as the pages show it."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from participants.capture.models import Photo
from participants.imaging.telling import main_reason
from participants.people.models import Participant
from participants.visits.models import WAITING, Visit
from studies.protocol.models import View

# In the participant's own words: left is their own left cheek, as in a mirror.
NAMES: dict[str, str | Promise] = {
    View.FRONT: _("Front"),
    View.LEFT: _("Left cheek"),
    View.RIGHT: _("Right cheek"),
}

# What is told of a photo that waits for a person.
HELD = _(
    "Your photo has arrived and is kept, but it could not be checked by itself. Your study team "
    "sees this and looks after it. You need not do anything; if you like, take this photo again."
)


@dataclass(frozen=True)
class Step:
    """One view of a visit: ``todo``, ``checking``, ``accepted``, ``retake`` or ``held``.

    Held is a photo that waits for a person: its check has stopped (``Photo.check_stopped``), or has
    flagged it. Nothing more is asked of the participant, who may take another if they like. Once
    staff have the check tried again, it is ``checking`` and then what the check finds.
    """

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
    def possible(self) -> bool:
        """Whether a photo may be taken now, wanted or not."""
        return self.wanted or self.state == "held"

    @property
    def reasons(self) -> list[dict[str, str]]:
        """Why another photo is wanted, the one reason that is told; or why none is decided on.

        Each is ``{code, message}``. Staff see all of them (``Photo.retake_reasons``).
        """
        if self.state == "held":
            return [{"code": "held", "message": str(HELD)}]
        return (
            main_reason(self.photo.retake_reasons) if self.photo and self.state == "retake" else []
        )


STATES = {
    Photo.State.RECEIVED: "checking",
    Photo.State.HELD: "held",
    Photo.State.ACCEPTED: "accepted",
    Photo.State.RETAKE_WANTED: "retake",
    Photo.State.EXCLUDED: "accepted",  # nothing more is asked: the visit is over
}


def steps_of(visit: Visit) -> list[Step]:
    """The views of ``visit`` in the order asked for, each with the photo that counts for it.

    An accepted photo counts before any other, then the one that came last.
    """
    counting: dict[str, Photo] = {}
    photos = visit.photos.exclude(state=Photo.State.REPLACED).select_related("check_work")
    for photo in photos.order_by("received_at"):
        known = counting.get(photo.view)
        if known is None or known.state != Photo.State.ACCEPTED:
            counting[photo.view] = photo
    return [_step(visit, view, counting.get(view)) for view in visit.definition.views]


def _step(visit: Visit, view: str, photo: Photo | None) -> Step:
    state = STATES[Photo.State(photo.state)] if photo else "todo"
    if photo and photo.check_stopped:
        state = "held"
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
    waiting = participant.visits.counted().filter(state__in=WAITING, opens_on__gt=on)
    return list(waiting.select_related("definition").order_by("opens_on"))

"""What answers set going: the visit's progress, and the clock of a serious adverse event."""

from participants.answers.models import Revision
from participants.answers.services.safety import note_seriousness
from participants.capture.services import progress
from studies.platform.actors import Actor


def note_submitted(revision: Revision, *, by: Actor) -> None:
    """Move the visit on, begin or end a clock; call in the transaction that changed the form."""
    note_seriousness(revision, by=by)
    visit = revision.submission.visit
    if visit is not None:
        progress.note_photo(visit, by=by)

"""What a submission sets going: the visit's progress."""

from participants.answers.models import Revision
from participants.capture.services import progress
from studies.platform.actors import Actor


def note_submitted(revision: Revision, *, by: Actor) -> None:
    """Move the visit on; call in the transaction that kept ``revision``."""
    visit = revision.submission.visit
    if visit is not None:
        progress.note_photo(visit, by=by)

"""What answers set going: the visit's progress, the clock of a serious event, edit checks."""

from participants.answers.models import Revision, Submission
from participants.answers.services.safety import note_seriousness
from participants.answers.signals import answers_changed
from participants.capture.services import progress
from studies.platform.actors import Actor


def note_submitted(revision: Revision, *, by: Actor) -> None:
    """Move the visit on, begin or end a clock; call in the transaction that changed the form."""
    note_seriousness(revision, by=by)
    visit = revision.submission.visit
    if visit is not None:
        progress.note_photo(visit, by=by)
    answers_changed.send(sender=Submission, submission=revision.submission)

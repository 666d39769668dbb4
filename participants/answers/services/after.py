"""What answers set going: a visit's progress, a serious event's clock, alerts, edit checks."""

from collections.abc import Sequence

from participants.answers.models import Revision, Submission
from participants.answers.services.alerts import note_alerts
from participants.answers.services.safety import note_seriousness
from participants.answers.signals import answers_changed
from participants.capture.services import progress
from studies.assignments.alerts import Raised
from studies.platform.actors import Actor


def note_submitted(revision: Revision, raised: Sequence[Raised], *, by: Actor) -> None:
    """Move the visit on, begin or end a clock, raise alerts by the rules that are fulfilled.

    Call in the transaction that changed the form.
    """
    note_seriousness(revision, by=by)
    note_alerts(revision, raised, by=by)
    visit = revision.submission.visit
    if visit is not None:
        progress.note_photo(visit, by=by)
    answers_changed.send(sender=Submission, submission=revision.submission)

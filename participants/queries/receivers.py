"""Queries listen to the rooms below."""

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from participants.answers.models import Submission
from participants.answers.signals import answers_changed
from participants.capture.models import Photo
from participants.people.models import Participant
from participants.queries.services.checking import (
    ask_for_checks,
    ask_for_visit_checks,
    check_again,
)
from participants.queries.services.erasing import close_erased
from participants.visits.signals import plans_changed
from studies.edit_checks.signals import checks_changed
from studies.protocol.models import Study


@receiver(pre_delete, sender=Photo, dispatch_uid="queries.close")
def close_what_is_erased(instance: Photo, **extra: Any) -> None:
    """Nobody can answer what was asked about a photo that is erased; in the same transaction."""
    close_erased(instance)


@receiver(answers_changed, dispatch_uid="queries.check_answers")
def check_answers(submission: Submission, **extra: Any) -> None:
    """What was entered is judged by the edit checks, and so is what was corrected."""
    ask_for_checks(submission)


@receiver(plans_changed, dispatch_uid="queries.check_visits")
def check_visits(participant: Participant, **extra: Any) -> None:
    """Visits that were made, moved or missed are judged by the checks on visits."""
    ask_for_visit_checks(participant)


@receiver(checks_changed, dispatch_uid="queries.check_again")
def check_everything(study: Study, forms: set[str], **extra: Any) -> None:
    """A check that is new or another judges what was entered before, too."""
    check_again(study, sorted(forms))

"""Answers listen to the rooms below."""

from typing import Any

from django.dispatch import receiver

from participants.answers.models import COUNTED, Submission
from participants.answers.services.slots import missing_forms
from participants.capture.services.progress import Others
from participants.capture.signals import others_asked
from participants.visits.models import Visit
from studies.assignments.models import Assignment
from studies.assignments.signals import answers_asked


@receiver(answers_asked, dispatch_uid="answers.count")
def count_answers(assignment: Assignment, **extra: Any) -> int:
    """How many forms of an assignment were begun."""
    return Submission.objects.filter(assignment=assignment).count()


@receiver(others_asked, dispatch_uid="answers.missing")
def ask_for_forms(visit: Visit, **extra: Any) -> Others:
    """A visit is complete once what it requires is answered, and begun with the first answer."""
    begun = Submission.objects.filter(visit=visit, state__in=COUNTED).exists()
    return Others(begun=begun, missing=missing_forms(visit))

"""Answers listen to the rooms below."""

from typing import Any

from django.dispatch import receiver

from participants.answers.models import Submission
from studies.assignments.models import Assignment
from studies.assignments.signals import answers_asked


@receiver(answers_asked, dispatch_uid="answers.count")
def count_answers(assignment: Assignment, **extra: Any) -> int:
    """How many forms of an assignment were begun."""
    return Submission.objects.filter(assignment=assignment).count()

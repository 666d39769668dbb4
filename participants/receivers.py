"""What follows, in the same transaction, when something that messages depend on has changed."""

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from participants.models import Participant
from participants.services import messages
from participants.services.messages import phones
from participants.signals import participant_erasing, plans_changed
from studies.models import ConsentDocument, Study
from studies.signals import consent_document_put_in_force, reminders_changed


@receiver(plans_changed)
def plan_messages(participant: Participant, **extra: Any) -> None:
    """Visits or photos have changed: so have the reminders."""
    messages.plan(participant)


@receiver(consent_document_put_in_force)
def ask_for_consent_again(document: ConsentDocument, asks_again: bool, **extra: Any) -> None:
    """A newer text is in force: those who agreed to an earlier one are asked for a new consent.

    Once it is committed: whoever signs at this moment holds their own row and waits for the text's.
    What is cut short is planned at the next turn of the day.
    """
    if asks_again:
        study = document.study
        transaction.on_commit(lambda: messages.plan_all(study), robust=True)


@receiver(participant_erasing)
def forget_how_to_reach(participant: Participant, **extra: Any) -> None:
    """Phones that take notifications, and choices about reminders, go with everything else."""
    phones.forget_all(participant)


@receiver(reminders_changed)
def plan_for_the_study(study: Study, **extra: Any) -> None:
    """The study reminds at other times, of other things, or by other ways."""
    messages.plan_all(study)

"""What follows, in the same transaction, when something that messages depend on has changed."""

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from participants.capture.models import Photo
from participants.capture.signals import photos_shown
from participants.messaging import services as messages
from participants.messaging.services import phones
from participants.people.models import Participant
from participants.people.signals import contact_replaced, participant_erasing
from participants.visits.signals import plans_changed
from studies.consent_texts.models import ConsentDocument
from studies.consent_texts.signals import consent_document_put_in_force
from studies.protocol.models import Study
from studies.protocol.signals import reminders_changed


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


@receiver(contact_replaced)
def tell_the_former_contact_nothing(participant: Participant, **extra: Any) -> None:
    """Browsers that take notifications and the calendar's address came by links that stopped."""
    phones.forget_browsers(participant)


@receiver(reminders_changed)
def plan_for_the_study(study: Study, **extra: Any) -> None:
    """The study reminds at other times, of other things, or by other ways."""
    messages.plan_all(study)


@receiver(photos_shown)
def nothing_to_tell_any_more(photos: list[Photo | None], **extra: Any) -> None:
    """Who has read on their own page that a photo is wanted again needs no message about it."""
    messages.note_seen(photos)

"""What backups have to know: who was erased, and that a restore must not bring them back."""

from collections.abc import Set
from typing import Any

from django.dispatch import receiver

from studies.backup.signals import ErasedPerson, erase_again, erased_people
from studies.platform.actors import acting_from


@receiver(erased_people)
def tell_erased_people(**kwargs: Any) -> list[ErasedPerson]:
    """Everyone the database or the files know to be erased."""
    from participants.privacy.services.reapplying import erased_list  # not in the web process

    return [ErasedPerson(who.study, who.participant) for who in erased_list()]


@receiver(erase_again)
def erase_people_again(people: Set[ErasedPerson], **kwargs: Any) -> int:
    """Erase again, after a restore, whoever the ledger or the data know to be erased."""
    from participants.privacy.services.reapplying import Erased, erased_list, reapply

    known = {Erased(person.study, person.participant) for person in people}
    with acting_from("command"):
        done = list(reapply(sorted(known | set(erased_list()))))
    return sum(outcome.what == "asked" or outcome.files > 0 for outcome in done)

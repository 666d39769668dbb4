"""Trials over one participant's photos: withheld, and removed."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from inference.trials.models import Trial
from participants.people.models import Participant
from studies.platform.storage import private_storage, remove_owner
from studies.platform.work import WorkState


class TrialUnderWay(Exception):  # noqa: N818 - it names what it is
    """A package is being tried on one of the photos; its result is not there to be removed yet."""


@transaction.atomic
def hide_trials(participant: Participant) -> None:
    """Nothing of a trial of ``participant``'s photos is shown any more, and none is begun."""
    mine = Q(photo__visit__participant=participant)
    now = timezone.now()
    Trial.objects.filter(mine, state=WorkState.QUEUED).update(due_at=now, notified_at=None)
    Trial.objects.filter(mine).update(expires_at=now)


def remove_trials(photos: Iterable[str]) -> None:
    """Remove every trial over ``photos``, rows and files; again does nothing.

    Raises:
        TrialUnderWay: a worker tries a package on one of them at this moment.
    """
    trials = Trial.objects.filter(photo__in=[UUID(photo) for photo in photos])
    if trials.filter(state=WorkState.RUNNING, lease_until__gt=timezone.now()).exists():
        raise TrialUnderWay("A model is being tried on one of the photos; it is tried again soon.")
    for trial in trials:
        for name in filter(None, [trial.upload_file, trial.result_file]):
            private_storage().delete(name)
        remove_owner("trials", str(trial.pk))
    trials.delete()

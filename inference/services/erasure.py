"""What inference holds about one participant: described to them, withheld, and removed."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from inference.models import ActivationMap, Rescore, Run, Score, Trial
from participants.models import Participant
from participants.services.my_data import Made
from studies.storage import private_storage, remove_owner
from studies.work import WorkState


class StillTrying(Exception):  # noqa: N818 - it names what it is
    """A package is being tried on one of the photos; its result is not there to be removed yet."""


def describe(participant: Participant) -> Made:
    """Counts of runs, scores and maps, and every score in the participant's own copy."""
    scores = Score.objects.filter(run__photo__visit__participant=participant)
    maps = ActivationMap.objects.filter(run__photo__visit__participant=participant)
    counts = {"scores": scores.count(), "maps": maps.count()}
    related = scores.select_related("run__package", "run__photo__visit__definition")
    return Made(counts=counts, rows={"scores": [_row(score) for score in related.iterator(2000)]})


def _row(score: Score) -> dict[str, Any]:
    return {
        "photo": str(score.run.photo_id),
        "visit": score.run.photo.visit.definition.code,
        "condition": score.condition_id,
        "region": score.region,
        "grade": score.grade,
        "severity": score.severity,
        "not_assessable": score.not_assessable,
        "model": str(score.run.package),
        "demonstrator": score.run.package.demonstrator,
    }


@transaction.atomic
def drop_uses(participant: Participant) -> None:
    """Nothing that waits is begun any more, and nothing of a trial is shown any more.

    A run under way ends without a result: scoring asks for consent again before it writes.
    """
    mine = Q(photo__visit__participant=participant)
    Run.objects.filter(mine, state=WorkState.QUEUED, attempts=0).delete()
    now = timezone.now()
    Trial.objects.filter(mine, state=WorkState.QUEUED).update(due_at=now, rung_at=None)
    Trial.objects.filter(mine).update(expires_at=now)


def remove_made(participant: Participant, photos: Iterable[str]) -> None:
    """Remove every run, score, map and trial over ``photos``, rows and files; again does nothing.

    Files are named before their rows go: interrupted, the names are still there.

    Raises:
        StillTrying: a worker tries a package on one of them at this moment.
    """
    ids = [UUID(one) for one in photos]
    _remove_trials(ids)
    maps = ActivationMap.objects.filter(run__photo__in=ids).values_list("file", flat=True)
    runs = Run.objects.filter(photo__in=ids)
    _delete_files([*maps, *runs.values_list("cleaned_file", flat=True)])
    # Deleting the row takes it from a worker that has it: what it found is not written.
    runs.delete()
    _move_cursors(ids)


def _remove_trials(ids: list[UUID]) -> None:
    trials = Trial.objects.filter(photo__in=ids)
    if trials.filter(state=WorkState.RUNNING, lease_until__gt=timezone.now()).exists():
        raise StillTrying("A model is being tried on one of the photos; it is tried again soon.")
    for trial in trials:
        _delete_files([trial.upload_file, trial.result_file])
        remove_owner("trials", str(trial.pk))
    trials.delete()


def _delete_files(names: Iterable[str]) -> None:
    for name in filter(None, names):
        private_storage().delete(name)


def _move_cursors(ids: list[UUID]) -> None:
    """A rescore remembers the last photo it looked at: step back, past a photo that is no more."""
    for rescore in Rescore.objects.filter(cursor__in=ids):
        before = UUID(int=rescore.cursor.int - 1) if rescore.cursor and rescore.cursor.int else None
        Rescore.objects.filter(pk=rescore.pk, cursor=rescore.cursor).update(cursor=before)

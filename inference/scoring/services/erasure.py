"""What scoring holds about one participant: described to them, withheld, and removed."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q

from inference.scoring.models import ActivationMap, Rescore, Run, Score
from participants.people.models import Participant
from participants.privacy.services.my_data import Made
from studies.platform.storage import private_storage
from studies.platform.work import WorkState


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
        "severity_low": score.severity_low,
        "severity_high": score.severity_high,
        "not_assessable": score.not_assessable,
        "model": str(score.run.package),
        "demonstrator": score.run.package.demonstrator,
    }


def drop_queued(participant: Participant) -> None:
    """Nothing that waits is begun any more.

    A run under way ends without a result: scoring asks for consent again before it writes.
    """
    mine = Q(photo__visit__participant=participant)
    Run.objects.filter(mine, state=WorkState.QUEUED, attempts=0).delete()


def remove_made(photos: Iterable[str]) -> None:
    """Remove every run, score and map over ``photos``, rows and files; again does nothing.

    Files are named before their rows go: interrupted, the names are still there.
    """
    ids = [UUID(photo) for photo in photos]
    maps = ActivationMap.objects.filter(run__photo__in=ids).values_list("file", flat=True)
    runs = Run.objects.filter(photo__in=ids)
    for name in filter(None, [*maps, *runs.values_list("cleaned_file", flat=True)]):
        private_storage().delete(name)
    # Deleting the row takes it from a worker that has it: what it found is not written.
    runs.delete()
    _move_cursors(ids)


def _move_cursors(ids: list[UUID]) -> None:
    """A rescore remembers the last photo it looked at: step back, past a photo that is no more."""
    for rescore in Rescore.objects.filter(cursor__in=ids):
        before = UUID(int=rescore.cursor.int - 1) if rescore.cursor and rescore.cursor.int else None
        Rescore.objects.filter(pk=rescore.pk, cursor=rescore.cursor).update(cursor=before)

"""Noting a departure from the protocol, and that it holds no longer."""

from django.utils import timezone

from participants.deviations.models import Deviation
from participants.visits.models import Visit


def note_deviation(
    *, visit: Visit, kind: Deviation.Kind, detail: str, about: str = ""
) -> Deviation:
    """Keep one of ``kind``; the same again says what it says now.

    For services that have checked rights and write the event of the act that departs.
    """
    return Deviation.objects.update_or_create(
        visit=visit,
        kind=kind,
        about=about,
        over_at=None,
        defaults={
            "participant": visit.participant,
            "detail": detail,
            "at": timezone.now(),
        },
    )[0]


def end_deviation(*, visit: Visit, kind: Deviation.Kind, about: str = "") -> bool:
    """Say that it holds no longer; whether there was one."""
    standing = Deviation.objects.filter(visit=visit, kind=kind, about=about, over_at=None)
    return bool(standing.update(over_at=timezone.now()))

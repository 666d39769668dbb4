"""A photo that is erased: its cases end, and what was said of them stays, coded."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from inference.reading.models import Adjudication, Case, Turn
from participants.capture.models import Photo

_OPEN = (Adjudication.State.WAITING, Adjudication.State.CLAIMED)


@transaction.atomic
def drop_photo(photo: Photo) -> None:
    """Take ``photo`` out of every case, with its hash and what was written about it.

    Nobody is asked about the cases any more: a pair without one of its photos is none.
    """
    cases = list(Case.objects.filter(Q(photo=photo) | Q(second=photo)).values_list("pk", flat=True))
    if not cases:
        return
    Case.objects.filter(pk__in=cases).update(
        photo=None, second=None, photo_sha256="", feedback="", gone_at=timezone.now()
    )
    Turn.objects.filter(case__in=cases, state=Turn.State.WAITING).update(
        state=Turn.State.DROPPED, dropped_because="photo erased"
    )
    Adjudication.objects.filter(case__in=cases, state__in=_OPEN).update(
        state=Adjudication.State.DROPPED
    )

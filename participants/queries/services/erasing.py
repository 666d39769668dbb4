"""What an erasure takes of queries, and what stays: that something was asked, and when, coded."""

from django.db import transaction
from django.utils import timezone

from participants.capture.models import Photo
from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.queries.models import Query, QueryEntry
from studies.platform.actors import SYSTEM


@transaction.atomic
def erase_queries(participant: Participant) -> int:
    """Take every word that was written; how many queries are left. It may be done again.

    Rows, states, days and who acted stay under the code, as they do of visits. What stood open is
    closed by the product: nobody can answer it any more. For the erasure, which has checked that
    it was asked for; the audit trail's words go with its key.
    """
    mine = Query.objects.filter(participant=participant)
    for row in mine.standing():
        _close(row, "")
    QueryEntry.objects.filter(query__in=mine.values("pk")).update(text="")
    mine.update(region=None)
    return mine.count()


def close_erased(photo: Photo) -> None:
    """Close what stands open about a photo that is erased alone; in the act's transaction."""
    related = "participant__study", "participant__site"
    for row in Query.objects.standing().filter(photo=photo).select_related(*related):
        _close(row, "The photo is erased.")
        new = {"query": row.number, "state": row.state, "text": "The photo is erased."}
        record_about(row.participant, "query.close", by=SYSTEM, target=row, new=new)


def _close(row: Query, text: str) -> None:
    now = timezone.now()
    row.move(Query.State.CLOSED, closed_at=now)
    QueryEntry.objects.create(
        query=row,
        number=row.entries.count() + 1,
        act=QueryEntry.Act.CLOSED,
        text=text,
        at=now,
    )

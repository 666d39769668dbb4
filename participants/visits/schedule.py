"""What a list of participants shows of their visits."""

from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from participants.people.models import Participant
from participants.visits.models import WAITING, Visit


def with_schedule(participants: QuerySet[Participant], on: date) -> QuerySet[Participant]:
    """Annotate ``participants`` with what a list shows of their visits as of ``on``.

    ``next_on`` and ``next_name`` of the first visit still possible (of those enrolled),
    ``visits_done`` and ``visits_all`` (not cancelled), and whether any is ``due``, ``late`` or
    ``missed`` (see ``VisitQuerySet``).
    """
    own = Visit.objects.filter(participant=OuterRef("pk"))
    coming = own.filter(
        participant__state="enrolled", state__in=WAITING, closes_on__gte=on
    ).order_by("scheduled_on")
    return participants.annotate(
        next_on=Subquery(coming.values("scheduled_on")[:1]),
        next_name=Subquery(coming.values("definition__name")[:1]),
        visits_done=Count("visits", filter=Q(visits__state="complete")),
        visits_all=Count("visits", filter=~Q(visits__state="cancelled")),
        due=Exists(own.due(on)),
        late=Exists(own.late(on)),
        missed=Exists(own.missed(on)),
    )

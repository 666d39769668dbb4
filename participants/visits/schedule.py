"""What a list of participants shows of their visits."""

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from participants.people.models import Participant
from participants.visits.days_here import Days
from participants.visits.models import WAITING, Visit


def _number(visits: QuerySet[Visit]) -> Coalesce:
    """How many: asked for a row that is shown, where a join would count those of all the others."""
    counted = visits.order_by().values("participant").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


def with_schedule(participants: QuerySet[Participant], days: Days) -> QuerySet[Participant]:
    """Annotate ``participants`` with what a list shows of their visits as of today.

    ``next_on`` and ``next_name`` of the first visit still possible (of those enrolled),
    ``visits_done`` and ``visits_all`` (not cancelled), and whether any is ``due``, ``late`` or
    ``missed`` (see ``VisitQuerySet``).
    """
    on = days.told()
    own = Visit.objects.counted().filter(participant=OuterRef("pk"))
    coming = own.filter(
        participant__state="enrolled", state__in=WAITING, closes_on__gte=on
    ).order_by("scheduled_on")
    return participants.annotate(
        next_on=Subquery(coming.values("scheduled_on")[:1]),
        next_name=Subquery(coming.values("definition__name")[:1]),
        visits_done=_number(own.filter(state="complete")),
        visits_all=_number(own.exclude(state="cancelled")),
        due=Exists(own.due(on)),
        late=Exists(own.late(on)),
        missed=Exists(own.missed(on)),
    )

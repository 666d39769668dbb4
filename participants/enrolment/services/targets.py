"""How many a site has enrolled against the target in its protocol."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from participants.people.models import Participant
from studies.protocol.models import Site


@dataclass(frozen=True)
class Reached:
    """A site that has as many as it planned; ``enrolled`` counts also who left since."""

    site: Site
    enrolled: int


def reached_targets(sites: Iterable[Site]) -> list[Reached]:
    """Those of ``sites`` that have a target and have reached it; one query."""
    aiming = {site.pk: site for site in sites if site.enrolment_target > 0}
    enrolled = Participant.objects.filter(site__in=aiming, enrolled_on__isnull=False)
    counts = enrolled.order_by("site__code").values_list("site").annotate(Count("pk"))
    full = [Reached(aiming[pk], count) for pk, count in counts]
    return [progress for progress in full if progress.enrolled >= progress.site.enrolment_target]

"""The list of participants."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from participants.consent.services import consents
from participants.desk.filters import ParticipantFilter
from participants.desk.tables import ParticipantTable
from participants.people.models import Participant
from participants.visits import services as visits
from participants.visits.schedule import with_schedule
from studies.access.permissions import Permission
from studies.protocol.models import Site, Study
from studies.protocol.views.access import StaffRequest, study_page

PER_PAGE = 25


@require_safe
@study_page(Permission.PARTICIPANT_VIEW)
def participants(request: StaffRequest, study: Study) -> HttpResponse:
    """The participants of the sites one may see: filtered, sorted, paged."""
    today = visits.today(study)
    seen = Participant.objects.visible_to(request.user).filter(study=study)
    rows = with_schedule(seen.select_related("site", "arm", "screening"), today)
    arms = study.arms.all()
    sites = Site.objects.visible_to(request.user, Permission.PARTICIPANT_VIEW)
    asked = consents.to_renew(study)
    narrowed = ParticipantFilter(
        request.GET, queryset=rows, sites=sites.filter(study=study), arms=arms, to_renew=asked
    )
    caption = {"caption": _count(narrowed.qs.count())}
    table = ParticipantTable(
        narrowed.qs,
        study=study,
        on=today,
        arms=bool(arms),
        to_renew=set(seen.filter(asked).values_list("pk", flat=True)),
        attrs=caption,
    )
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {
        "study": study,
        "section": "participants",
        "filter": narrowed,
        "table": table,
        "any": seen.exists(),
    }
    return render(request, "participants/desk/list.html", context)


def _count(number: int) -> str:
    counted = ngettext("%(number)s participant", "%(number)s participants", number)
    return counted % {"number": number}

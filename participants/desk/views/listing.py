"""The list of participants."""

from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from participants.allocation.services.reading import arms_by_name
from participants.consent.services import consents
from participants.desk.filters import ParticipantFilter
from participants.desk.forms import FindForm
from participants.desk.tables import PagedSchedules, ParticipantTable
from participants.people.models import Participant
from participants.people.services.finding import may_search_identity
from participants.visits import services as visits
from participants.visits.schedule import with_schedule
from studies.access.permissions import Permission
from studies.protocol.models import Site, Study
from studies.protocol.services.rights import arm_right
from studies.protocol.views.access import StaffRequest, study_page

PER_PAGE = 25


@require_safe
@study_page(Permission.PARTICIPANT_VIEW)
def participants(request: StaffRequest, study: Study) -> HttpResponse:
    """The participants of the sites one may see: filtered, sorted, paged."""
    days = visits.days_here(study)
    seen = Participant.objects.visible_to(request.user).filter(study=study)
    rows = with_schedule(seen, days)
    arms = study.arms.all() if arm_right(study) in request.can else study.arms.none()
    sites = Site.objects.visible_to(request.user, Permission.PARTICIPANT_VIEW)
    asked = consents.to_renew(study)
    narrowed = ParticipantFilter(
        request.GET,
        queryset=rows,
        sites=sites.filter(study=study),
        arms=arms,
        to_renew=asked,
        user=request.user,
    )
    ticks = Permission.INVITATION_EDIT in request.can
    caption = {"caption": _count(narrowed.qs.count())}
    table = ParticipantTable(
        PagedSchedules(narrowed.qs, days),
        study=study,
        days=days,
        arms=bool(arms),
        ticks=ticks,
        attrs=caption,
    )
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    shown = [row.record.pk for row in table.page.object_list]
    if arms:
        on_page = [row.record for row in table.page.object_list]
        table.arm_names = arms_by_name(on_page, study=study, user=request.user)
    table.to_renew = set(seen.filter(asked, pk__in=shown).values_list("pk", flat=True))
    context = {
        "study": study,
        "section": "participants",
        "filter": narrowed,
        "table": table,
        "any": seen.exists(),
        "acts": ticks,
        "request_id": uuid4(),
        "form": FindForm(names=may_search_identity(request.user, study)),
    }
    return render(request, "participants/desk/list.html", context)


def _count(number: int) -> str:
    counted = ngettext("%(number)s participant", "%(number)s participants", number)
    return counted % {"number": number}

"""Alerts that answers raised: acknowledged with words."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from participants.answers.forms import AcknowledgeForm
from participants.answers.models import Alert
from participants.answers.services import alerts
from participants.people.models import Participant
from participants.people.views.door import participant_page
from studies.access.permissions import Permission
from studies.protocol.views.access import StaffRequest
from studies.protocol.views.pages import form_page


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.ALERT_ACKNOWLEDGE)
def acknowledge(
    request: StaffRequest, participant: Participant, assignment: str, place: str, pk: int
) -> HttpResponse:
    """Say what was done about an alert."""
    rows = Alert.objects.visible_to(request.user).select_related(*alerts.SHOWN, "rule")
    mine = rows.filter(submission__participant=participant, rule__assignment__code=assignment)
    alert = get_object_or_404(mine, pk=pk)
    alert.submission.participant = participant
    parts = [participant.study.code, participant.code, assignment, place]
    return form_page(
        request,
        form=AcknowledgeForm(request.POST or None),
        save=lambda values: alerts.acknowledge_alert(alert=alert, by=request.user, **values),
        current=lambda: alerts.shown_alert(Alert.objects.get(pk=alert.pk)),
        done="Acknowledged. The alert is done.",
        to=reverse("participants:questionnaire", args=parts),
        template="participants/answers/acknowledge.html",
        study=participant.study,
        section="participants",
        participant=participant,
        alert=alert,
    )

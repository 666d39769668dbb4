"""Phones that may send photos, stopped by staff or by the participant."""

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from participants.people.models import Device, Participant
from participants.people.services import devices
from participants.people.views.door import participant_page
from participants.people.views.my import MyRequest, my_page
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.protocol.views.access import StaffRequest


@require_POST
@participant_page(Permission.INVITATION_EDIT)
def revoke(request: StaffRequest, participant: Participant, pk: int) -> HttpResponse:
    """Stop a phone of a participant at once."""
    _revoke(participant, pk, by=request.user)
    messages.success(request, _("The phone may no longer send photos."))
    return redirect("participants:detail", participant.study.code, participant.code)


@require_POST
@my_page
def end(request: MyRequest, pk: int) -> HttpResponseBase:
    """``/my/phones/<pk>/end/``: the participant stops one of their own phones."""
    _revoke(request.participant, pk, by=request.participant)
    messages.success(request, _("The phone may no longer send photos."))
    return redirect("my:data")


def _revoke(participant: Participant, pk: int, *, by: Actor) -> None:
    device: Device = get_object_or_404(participant.devices, pk=pk)
    device.participant = participant
    devices.revoke(device=device, by=by)

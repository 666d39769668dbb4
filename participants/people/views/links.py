"""Personal links: made, shown once with a QR code to scan or print, and stopped."""

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from participants.people.models import Participant
from participants.people.services import invitations
from participants.people.views.door import participant_page
from studies.access.permissions import Permission
from studies.protocol.views.access import StaffRequest


@require_POST
@participant_page(Permission.INVITATION_EDIT)
def issue(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Make a link and show it in the answer itself: no address leads to it a second time."""
    issued = invitations.issue(participant=participant, by=request.user)
    address = request.build_absolute_uri(reverse("my:link", args=[issued.token]))
    context = {
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "invitation": issued.invitation,
        "address": address,
        "qr": qr_svg(address),
    }
    response = render(request, "participants/people/link_sheet.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@participant_page(Permission.INVITATION_EDIT)
def revoke(request: StaffRequest, participant: Participant, pk: int) -> HttpResponse:
    """Stop a link at once."""
    invitation = get_object_or_404(participant.invitations, pk=pk)
    invitation.participant = participant
    invitations.revoke(invitation=invitation, by=request.user)
    messages.success(request, _("The link no longer works."))
    return redirect("participants:detail", participant.study.code, participant.code)


def qr_svg(address: str) -> SafeString:
    """``address`` as a QR code (ISO/IEC 18004, level M), inline SVG without styles.

    Dark on white with its quiet zone in both themes: phones read no light code on dark.
    """
    code = segno.make(address, micro=False, error="m")
    svg = code.svg_inline(
        scale=8, border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )
    return mark_safe(svg)  # noqa: S308 - made of squares by segno, nothing of it is typed

"""Personal links: made, shown once with a QR code to scan or print, and stopped."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from participants.people.models import Participant
from participants.people.services import invitations
from participants.people.views.door import participant_page
from studies.access.permissions import Permission
from studies.platform.shown_once import held, hold
from studies.protocol.views.access import StaffRequest

LINK = "link"


@require_POST
@participant_page(Permission.INVITATION_EDIT)
def issue(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Make a link and lead to its sheet; loading that again makes no other one."""
    issued = invitations.issue(participant=participant, by=request.user)
    hold(request, LINK, f"{issued.invitation.pk}:{issued.token}")
    where = (participant.study.code, participant.code, issued.invitation.pk)
    return redirect("participants:link_sheet", *where)


@require_safe
@participant_page(Permission.INVITATION_EDIT)
def sheet(request: StaffRequest, participant: Participant, pk: int) -> HttpResponse:
    """The link that this browser has just made, to scan or to print; no other, and not later."""
    invitation = get_object_or_404(participant.invitations, pk=pk)
    number, _colon, token = held(request, LINK).partition(":")
    works = participant.invitations.usable(timezone.now()).filter(pk=pk).exists()
    if number != str(pk) or not works:
        messages.info(request, _("That link is not shown any more. Make a new one if it is lost."))
        return redirect("participants:detail", participant.study.code, participant.code)
    address = request.build_absolute_uri(reverse("my:link", args=[token]))
    context = {
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "invitation": invitation,
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
    import segno

    code = segno.make(address, micro=False, error="m")
    svg = code.svg_inline(
        scale=8, border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )
    return mark_safe(svg)  # noqa: S308 - made of squares by segno, nothing of it is typed

"""The personal link: a page with one button, and a session in exchange for the token."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from participants.consent.services import consents
from participants.people.middleware import CHOICE, device_cookie
from participants.people.models import Invitation
from participants.people.services import invitations
from participants.people.views.language import choose_as_seen, switch
from participants.people.views.my import (
    MyRequest,
    enter,
    in_participants_words,
    leave_all,
    my_data_page,
    my_endpoint,
    refusal_page,
)
from studies.platform import room
from studies.platform.addresses import attachment
from studies.platform.errors import Refusal
from studies.platform.secrets import sha256_of


@gzip_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponseBase:
    """``/p/<token>/``: looking changes nothing (mail scanners look), pressing the button enters.

    The address with the token is left behind by the redirect.
    """
    if request.method != "POST":
        return render(request, "participants/my/link.html", switch(token))
    try:
        with room.refused():
            return _entered(request, token)
    except Refusal as refusal:
        # Whoever holds the right token may know which site to call about it.
        known = Invitation.objects.select_related("participant__study", "participant__site")
        holder = known.filter(token_sha256=sha256_of(token)).first()
        return refusal_page(request, in_participants_words(refusal), invitation=holder, link=True)


def _entered(request: HttpRequest, token: str) -> HttpResponse:
    invitation = invitations.redeem(token=token)
    enter(request, invitation)
    choose_as_seen(invitation.participant, request.GET.get(CHOICE, ""))
    return redirect(invitations.target_of(invitation))


@require_POST
@my_endpoint
def elsewhere(request: MyRequest) -> HttpResponse:
    """``/my/elsewhere/``: the address of one's own page for another browser of the phone.

    For pages inside another app, whose browser has no camera and shares no session with the
    phone's own. The link lives for a day, as one in a message, and opens ``page`` alone.
    """
    wished = request.POST.get("page", "")
    target = wished if invitations.is_own_page(wished) else reverse("my:home")
    participant = request.participant
    issued = invitations.issue_for_message(
        participant=participant, target=target, days=1, by=participant
    )
    address = request.build_absolute_uri(reverse("my:link", args=[issued.token]))
    return JsonResponse({"address": address})


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End the session on this phone."""
    leave_all(request)
    response = redirect("my:left")
    response.delete_cookie(device_cookie(), samesite="Lax")
    return response


@never_cache
@require_GET
def left(request: HttpRequest) -> HttpResponse:
    """What to do after leaving: nothing, or open the link again."""
    return render(request, "participants/my/left.html")


@require_GET
@my_data_page
def consent(request: MyRequest) -> HttpResponseBase:
    """The participant's own copy of the last consent they gave, also after they stopped."""
    given = request.participant.consents.exclude(pdf_file="").first()
    if given is None:
        given = consents.require_consent(request.participant)  # refuses, in words
    pdf = consents.open_copy(consent=given, by=request.participant)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = attachment(f"consent-{request.participant.code}.pdf")
    return response

"""The personal link: a page with one button, and a session in exchange for the token."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from participants.consent.services import consents
from participants.people.middleware import CHOICE
from participants.people.models import Invitation
from participants.people.services import invitations
from participants.people.views.language import choose_as_seen, switch
from participants.people.views.my import MyRequest, enter, my_data_page, refusal_page
from studies.platform.errors import Refusal


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
        invitation = invitations.redeem(token=token)
    except Refusal as refusal:
        # Whoever holds the right token may know which site to call about it.
        digest = hashlib.sha256(token.encode()).hexdigest()
        known = Invitation.objects.select_related("participant__study", "participant__site")
        holder = known.filter(token_sha256=digest).first()
        return refusal_page(request, refusal, invitation=holder, link=True)
    enter(request, invitation)
    choose_as_seen(invitation.participant, request.GET.get(CHOICE, ""))
    return redirect(invitations.target_of(invitation))


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """End the session on this phone."""
    request.session.flush()
    return redirect("my:left")


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
    response["Content-Disposition"] = (
        f'attachment; filename="consent-{request.participant.code}.pdf"'
    )
    return response

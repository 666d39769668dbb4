"""The door of a participant's pages: a session that a personal link was traded for.

The session holds the number of the invitation and nothing else. It is looked up at every request,
so a revoked link, an expired one or a withdrawal ends the session at once.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page

from participants.people.errors import LinkExpired, LinkRevoked
from participants.people.middleware import SESSION_KEY, opened_link
from participants.people.models import Invitation, Participant
from participants.people.services import invitations, languages
from studies.platform.errors import NotAllowed, Refusal

P = ParamSpec("P")
KEY = SESSION_KEY
# One sitting, with time to spare: the link opens again whenever it is needed.
SESSION_SECONDS = 12 * 3600
ENDED = (Participant.State.WITHDRAWN, Participant.State.ERASED)


class LinkNeeded(NotAllowed):
    """Nobody's link was opened in this browser, or the session is over."""

    code = "link_needed"
    title = "Please open your personal link"


class TakingPartEnded(NotAllowed):
    """The participant withdrew: nothing is shown or collected any more."""

    code = "taking_part_ended"
    title = "You are no longer taking part"


# Refusals after which no page of the participant's opens.
OUTSIDE = (LinkNeeded, TakingPartEnded, LinkExpired, LinkRevoked)


class MyRequest(HttpRequest):
    """A request of a participant."""

    participant: Participant


View = Callable[Concatenate[MyRequest, P], HttpResponseBase]


def enter(request: HttpRequest, invitation: Invitation) -> None:
    """Begin a participant's session in place of whatever session this browser had.

    A member of staff who opens a participant's link is signed out by it: the phone may be about to
    change hands.
    """
    request.session.flush()
    request.session[KEY] = invitation.pk
    request.session.set_expiry(SESSION_SECONDS)
    rotate_token(request)


def my_page(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Show the page to the participant whose link was opened, in their language."""
    return _page(view)


def my_data_page(view: View[P]) -> Callable[..., HttpResponseBase]:
    """As ``my_page``, also for those who stopped: their data are theirs to see and to ask about."""
    return _page(view, stopped_too=True)


def _page(view: View[P], *, stopped_too: bool = False) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            mine = _admit(request, stopped_too=stopped_too)
            with translation.override(languages.reading_language(mine.participant).code):
                response = view(mine, *args, **kwargs)
        except Refusal as refusal:
            response = refusal_page(request, refusal)
        response["Cache-Control"] = "private, no-store"
        return response

    # A page is a quarter of its size on the line. Its tokens are masked anew each time and Django
    # varies the length (BREACH).
    return gzip_page(page)


def my_endpoint(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Answer the participant's own scripts; refusals are problem details (RFC 9457)."""

    @wraps(view)
    def endpoint(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            mine = _admit(request)
            with translation.override(languages.reading_language(mine.participant).code):
                response = view(mine, *args, **kwargs)
        except Refusal as refusal:
            response = problem(refusal)
        response["Cache-Control"] = "private, no-store"
        return response

    return endpoint


def problem(refusal: Refusal) -> HttpResponse:
    """A refusal as problem details."""
    body: dict[str, Any] = {
        "type": f"urn:gsh:problem:{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.message,
        **refusal.detail,
    }
    return JsonResponse(body, status=refusal.status, content_type="application/problem+json")


def refusal_page(
    request: HttpRequest,
    refusal: Refusal,
    *,
    invitation: Invitation | None = None,
    link: bool = False,
) -> HttpResponse:
    """A refusal as a page, with the site's contact where it is known whose page it is.

    ``link`` says that a link was tried and did not open, so there is no home to go back to.
    """
    if invitation is None and not link:
        invitation = opened_link(request)
    outside = link or isinstance(refusal, OUTSIDE)
    context = {
        "refusal": refusal,
        "site": invitation.participant.site if invitation else None,
        "study": invitation.participant.study if invitation else None,
        "home": not outside,
        "data": isinstance(refusal, TakingPartEnded) and _still_open(invitation),
    }
    return render(request, "participants/people/my/refusal.html", context, status=refusal.status)


def _still_open(invitation: Invitation | None) -> bool:
    """Whether the link of someone who stopped still leads to the page about their data."""
    if invitation is None or invitation.participant.state == Participant.State.ERASED:
        return False
    return invitation.revoked_at is None and invitation.expires_at > timezone.now()


def _admit(request: HttpRequest, *, stopped_too: bool = False) -> MyRequest:
    invitation = opened_link(request)
    if invitation is None:
        raise LinkNeeded(
            _(
                "This page is private. Please open the personal link that your study team gave "
                "you, in a message or as a QR code. Photos that were sent are safe."
            )
        )
    participant = invitation.participant
    stopped = participant.state == Participant.State.WITHDRAWN
    if participant.state in ENDED and not (stopped and stopped_too):
        raise TakingPartEnded(
            _(
                "Your taking part in this study has ended, so no more photos are collected. "
                "Thank you for the time you gave. Your study team answers any question."
            )
        )
    invitations.require_usable(invitation)
    mine = cast("MyRequest", request)
    mine.participant = participant
    return mine

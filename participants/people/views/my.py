"""The door of a participant's pages: a session that a personal link was traded for.

The session holds the number of the invitation and nothing else. It is looked up at every request,
so a revoked link, an expired one or a withdrawal ends the session at once. When it is over, a phone
that may send photos (``people.services.devices``) still opens what ``my_photos_page`` and
``my_photos_endpoint`` let through, and nothing else.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page

from participants.people.errors import LinkExpired, LinkRevoked, StudyFull, StudyPaused
from participants.people.middleware import device_cookie, opened_device, opened_link
from participants.people.models import Device, Invitation, Participant
from participants.people.services import devices, invitations, languages
from participants.people.sessions import SESSION_KEY, UNTIL_KEY, SessionStore
from studies.platform import paused, room
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


class LinkNeededHere(LinkNeeded):
    """The session is over; this phone still sends photos, and this page is none of the day's."""


class TakingPartEnded(NotAllowed):
    """The participant withdrew: nothing is shown or collected any more."""

    code = "taking_part_ended"
    title = "You are no longer taking part"


# Refusals after which no page of the participant's opens.
OUTSIDE = (LinkNeeded, TakingPartEnded, LinkExpired, LinkRevoked)


class MyRequest(HttpRequest):
    """A request of a participant."""

    participant: Participant
    photos_only: bool  # by the right of the phone: the session is over


View = Callable[Concatenate[MyRequest, P], HttpResponseBase]


def enter(request: HttpRequest, invitation: Invitation) -> None:
    """Begin a participant's session in place of whatever session this browser had.

    A member of staff who opens a participant's link is signed out by it: the phone may be about to
    change hands.
    """
    leave_all(request)
    request.session[KEY] = invitation.pk
    request.session[UNTIL_KEY] = timezone.now().timestamp() + SESSION_SECONDS
    request.session.set_expiry(SESSION_SECONDS)
    rotate_token(request)


def let_send(
    request: HttpRequest, response: HttpResponseBase, invitation: Invitation, until: datetime
) -> None:
    """Let this phone go on sending photos until ``until``, whatever becomes of its session."""
    agent = request.headers.get("User-Agent", "")
    allowed = devices.allow(invitation=invitation, agent=agent, until=until)
    response.set_cookie(
        device_cookie(),
        allowed.secret,
        expires=until,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def leave_all(request: HttpRequest) -> None:
    """End this browser's session, the participant's part and staff's, and its right to send."""
    device = opened_device(request)
    if device is not None:
        devices.revoke(device=device, by=device.participant)
        request.my_device = None  # type: ignore[attr-defined]
    cast("SessionStore", request.session).flush_all()


def my_page(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Show the page to the participant whose link was opened, in their language."""
    return _page(view)


def my_data_page(view: View[P]) -> Callable[..., HttpResponseBase]:
    """As ``my_page``, also for those who stopped: their data are theirs to see and to ask about."""
    return _page(view, stopped_too=True)


def my_photos_page(view: View[P]) -> Callable[..., HttpResponseBase]:
    """As ``my_page``, also for a phone whose session is over while it may send photos."""
    return _page(view, device_too=True)


def _page(
    view: View[P], *, stopped_too: bool = False, device_too: bool = False
) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            with room.refused():
                mine = _admit(request, stopped_too=stopped_too, device_too=device_too)
                with translation.override(languages.reading_language(mine.participant).code):
                    response = view(mine, *args, **kwargs)
        except Refusal as refusal:
            response = refusal_page(request, in_participants_words(refusal))
        response["Cache-Control"] = "private, no-store"
        return response

    # A page is a quarter of its size on the line. Its tokens are masked anew each time and Django
    # varies the length (BREACH).
    return gzip_page(page)


def my_endpoint(view: View[P]) -> Callable[..., HttpResponseBase]:
    """Answer the participant's own scripts; refusals are problem details (RFC 9457)."""
    return _endpoint(view)


def my_photos_endpoint(view: View[P]) -> Callable[..., HttpResponseBase]:
    """As ``my_endpoint``, also for a phone whose session is over while it may send photos."""
    return _endpoint(view, device_too=True)


def _endpoint(view: View[P], *, device_too: bool = False) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def endpoint(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            with room.refused():
                mine = _admit(request, device_too=device_too)
                with translation.override(languages.reading_language(mine.participant).code):
                    response = view(mine, *args, **kwargs)
        except Refusal as refusal:
            response = problem(in_participants_words(refusal))
        response["Cache-Control"] = "private, no-store"
        return response

    return endpoint


def in_participants_words(refusal: Refusal) -> Refusal:
    """``refusal`` in a participant's words, where it is everybody's."""
    if isinstance(refusal, paused.Paused):
        return StudyPaused(
            _(
                "Our system is being worked on at the moment, so this was not saved. Everything "
                "you sent before is safe, and photos on this phone stay there until they can be "
                "sent. Please try again in a few minutes."
            )
        )
    if not isinstance(refusal, room.NoRoom):
        return refusal
    return StudyFull(
        _(
            "There is no room left on our side at the moment, so this was not saved. Everything "
            "you sent before is safe, and photos on this phone stay there until they can be sent. "
            "Please try again later; your study team is glad to hear of it."
        )
    )


def problem(refusal: Refusal) -> HttpResponse:
    """A refusal as problem details."""
    body: dict[str, Any] = {
        "type": f"urn:gsh:problem:{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.message,
        **refusal.detail,
    }
    return JsonResponse(
        body,
        status=refusal.status,
        content_type="application/problem+json",
        headers=refusal.headers,
    )


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
    here = isinstance(refusal, LinkNeededHere)
    outside = link or (isinstance(refusal, OUTSIDE) and not here)
    holder = invitation or (opened_device(request) if here else None)
    context = {
        "refusal": refusal,
        "site": holder.participant.site if holder else None,
        "study": holder.participant.study if holder else None,
        "home": not outside,
        "data": isinstance(refusal, TakingPartEnded) and _still_open(invitation),
    }
    response = render(
        request, "participants/people/my/refusal.html", context, status=refusal.status
    )
    for name, value in refusal.headers.items():
        response[name] = value
    if here:
        response["Photos-Only"] = "yes"  # the service worker keeps the day's pages
    return response


def _still_open(invitation: Invitation | None) -> bool:
    """Whether the link of someone who stopped still leads to the page about their data."""
    if invitation is None or invitation.participant.state == Participant.State.ERASED:
        return False
    return invitation.revoked_at is None and invitation.expires_at > timezone.now()


def _admit(
    request: HttpRequest, *, stopped_too: bool = False, device_too: bool = False
) -> MyRequest:
    invitation = opened_link(request)
    device = opened_device(request) if invitation is None else None
    if invitation is None and (device is None or not device_too):
        raise _link_needed(photos_only=device is not None)
    participant = (invitation or cast("Device", device)).participant
    stopped = participant.state == Participant.State.WITHDRAWN
    if participant.state in ENDED and not (stopped and stopped_too):
        raise TakingPartEnded(
            _(
                "Your taking part in this study has ended, so no more photos are collected. "
                "Thank you for the time you gave. Your study team answers any question."
            )
        )
    if invitation is not None:
        invitations.require_usable(invitation)
    mine = cast("MyRequest", request)
    mine.participant, mine.photos_only = participant, invitation is None
    return mine


def _link_needed(*, photos_only: bool) -> LinkNeeded:
    if photos_only:
        return LinkNeededHere(
            _(
                "This phone goes on sending your photos. For this page please open your personal "
                "link again, from the message or the sheet that your study team gave you."
            )
        )
    return LinkNeeded(
        _(
            "This page is private. Please open the personal link that your study team gave "
            "you, in a message or as a QR code. Photos that were sent are safe."
        )
    )

"""Error pages: a participant's in their language, everybody else's as they are."""

import sys
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import defaults

from participants.people.middleware import LINK, PAGES, RECEIPT, opened_link
from participants.people.views.my import in_participants_words, refusal_page
from studies.platform import room
from studies.platform import views as errors

PARTICIPANTS = (LINK, PAGES, RECEIPT)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return _page(request, "not_found", 404, lambda: defaults.page_not_found(request, exception))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _page(request, "not_found", 403, lambda: defaults.permission_denied(request, exception))


def broken(request: HttpRequest) -> HttpResponse:
    """500; 507 where the disk is full, met outside of a view, as when the session is kept."""
    error = sys.exc_info()[1]
    refusal = room.refusal_of(error) if error is not None else None
    if refusal is not None:
        if request.path_info.startswith(PARTICIPANTS):
            return refusal_page(request, in_participants_words(refusal), link=True)
        return errors.refusal_page(request, refusal)
    return _page(request, "broken", 500, lambda: defaults.server_error(request))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: the page was open too long, or cookies are off."""
    return _page(request, "form", 403, lambda: errors.csrf_failure(request, reason))


def _page(
    request: HttpRequest, what: str, status: int, others: Callable[[], HttpResponse]
) -> HttpResponse:
    if not request.path_info.startswith(PARTICIPANTS):
        return others()
    invitation = None if what == "broken" else opened_link(request)
    context = {
        "what": what,
        "site": invitation.participant.site if invitation else None,
        "study": invitation.participant.study if invitation else None,
    }
    return render(request, "participants/people/my/error.html", context, status=status)

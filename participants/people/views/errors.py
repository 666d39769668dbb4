"""Error pages: a participant's in their language, everybody else's as they are."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import defaults

from participants.people.middleware import LINK, PAGES, RECEIPT, opened_link
from studies.platform import views as errors

PARTICIPANTS = (LINK, PAGES, RECEIPT)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return _told(request, "not_found", 404, lambda: defaults.page_not_found(request, exception))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return _told(request, "not_found", 403, lambda: defaults.permission_denied(request, exception))


def broken(request: HttpRequest) -> HttpResponse:
    """500."""
    return _told(request, "broken", 500, lambda: defaults.server_error(request))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: the page was open too long, or cookies are off."""
    return _told(request, "form", 403, lambda: errors.csrf_failure(request, reason))


def _told(
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

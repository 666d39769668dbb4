"""The schedule as a calendar file, to download once or to subscribe to."""

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from participants.messaging.services.choices import new_feed
from participants.messaging.services.feeds import holder_of
from participants.people.views.my import MyRequest, my_page

TYPE = "text/calendar; charset=utf-8"


@require_safe
@my_page
def calendar(request: MyRequest) -> HttpResponseBase:
    """``/my/calendar.ics``: the file, for whoever has opened their link."""
    from participants.messaging.services.calendar import calendar_of

    response = HttpResponse(calendar_of(request.participant), content_type=TYPE)
    response["Content-Disposition"] = 'attachment; filename="photos.ics"'
    return response


@never_cache
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The same for a calendar that looks again by itself; the address is signed and revocable."""
    from participants.messaging.services.calendar import calendar_of

    participant = holder_of(token)
    if participant is None:
        raise Http404
    response = HttpResponse(calendar_of(participant), content_type=TYPE)
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@my_page
def renew(request: MyRequest) -> HttpResponseBase:
    """Give the calendar a new address; the old one shows nothing any more."""
    new_feed(participant=request.participant, by=request.participant)
    return redirect("my:reminders")

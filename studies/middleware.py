"""Requests: where they come from, how long staff stay signed in, and how refusals are shown."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from studies.actors import acting_from
from studies.errors import Refusal

Respond = Callable[[HttpRequest], HttpResponse]


class StaffSessionMiddleware:
    """Sign staff out when idle or after a working day, and lead them to a second factor."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)


class RefusalMiddleware:
    """Note the origin of every act, and turn a ``Refusal`` into a page in plain words."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        source = "api" if request.path.startswith("/api/") else "web"
        with acting_from(source, request.META.get("REMOTE_ADDR", "")):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refusal):
            return None
        return render(request, "errors/refusal.html", {"refusal": error}, status=error.status)

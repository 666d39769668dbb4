"""Where requests come from, and how refusals are shown."""

from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from studies.platform.actors import acting_from
from studies.platform.errors import Refusal

Respond = Callable[[HttpRequest], HttpResponse]


def _address(request: HttpRequest) -> str:
    """The client's address, past as many proxies as ALLAUTH_TRUSTED_PROXY_COUNT says."""
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:  # none is known, as behind a socket file without a proxy's header
        return ""


class RefusalMiddleware:
    """Note the origin of every act, and turn a ``Refusal`` into a page in plain words."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        source = "api" if request.path_info.startswith("/api/") else "web"
        with acting_from(source, _address(request)):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refusal):
            return None
        return render(request, "errors/refusal.html", {"refusal": error}, status=error.status)

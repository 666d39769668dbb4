"""Where requests come from, and how refusals are shown."""

from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from studies.platform.actors import acting_from
from studies.platform.problems import MEDIA_TYPE, as_problem, is_api, refusal_response
from studies.platform.room import refusal_of
from studies.platform.views import refusal_page

Respond = Callable[[HttpRequest], HttpResponse]


def _address(request: HttpRequest) -> str:
    """The client's address, past as many proxies as ALLAUTH_TRUSTED_PROXY_COUNT says."""
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:  # none is known, as behind a socket file without a proxy's header
        return ""


class ApiProblemMiddleware:
    """Under ``/api/`` every error is a problem (RFC 9457), whoever answered: no page of HTML.

    It stands first, so that unknown addresses, faults and what other middleware refuses pass it.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not is_api(request):
            return response
        is_problem = response.get("Content-Type", "").startswith(MEDIA_TYPE)
        return response if is_problem else as_problem(response)


class NoStoreMiddleware:
    """Let no browser and no proxy keep a page, so that Back after signing out shows nothing.

    A view that says itself how long its answer may be kept is left alone: the phone's worker, its
    words and its engine are the same for everybody. What a participant's phone shows without a
    connection is kept by the worker on purpose, and forgotten by it
    (``static/js/participants/my``), whatever this says.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "private, no-store"
        return response


class RefusalMiddleware:
    """Note the origin of every act, and turn a ``Refusal`` into a page in plain words.

    A full disk is a refusal, too (``studies.platform.room``).
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        source = "api" if is_api(request) else "web"
        with acting_from(source, _address(request)):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        refusal = refusal_of(error)
        if refusal is None:
            return None
        return refusal_response(refusal) if is_api(request) else refusal_page(request, refusal)

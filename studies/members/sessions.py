"""How long staff stay signed in, and that they have a second factor."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from studies.platform.middleware import Respond

# A participant's pages have their own session rules; the health check has none.
NOT_STAFF = ("/p/", "/r/", "/my/", "/health/")


SESSION_KEY = "staff_session"


class StaffSessionMiddleware:
    """Sign staff out when idle or after a working day, and lead them to a second factor.

    What a page asks for by itself (pictures, live fragments marked ``X-Background``) does not
    keep a session alive: only people do.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(NOT_STAFF) or not request.user.is_authenticated:
            return self.get_response(request)
        why = _session_over(request)
        if why:
            return self._sign_out(request, why)
        if settings.MFA_REQUIRED and not is_mfa_enabled(request.user):
            request.second_factor_wanted = True  # type: ignore[attr-defined]
            if not _leads_to_second_factor(request.path_info):
                return _to_second_factor(request)
        return self.get_response(request)

    def _sign_out(self, request: HttpRequest, why: str) -> HttpResponse:
        """Sign out, and answer as for somebody who is: a form's page keeps what was typed."""
        logout(request)
        if request.path_info.startswith("/api/"):
            return _problem(401, "session_over", why)
        messages.info(request, why)
        return self.get_response(request)


def _session_over(request: HttpRequest) -> str:
    """Note that the person is there; say why the session is over, if it is."""
    now = timezone.now().timestamp()
    times = request.session.get(SESSION_KEY)
    if times is None:
        request.session[SESSION_KEY] = {"since": now, "seen": now}
        return ""
    if now - times["since"] >= settings.STAFF_SESSION_SECONDS:
        return _("A session lasts one working day. Please sign in again.")
    if now - times["seen"] >= settings.STAFF_IDLE_SECONDS:
        return _("You were away for a while, so you have been signed out. Please sign in again.")
    # One write a minute is exact enough for half an hour, and spares the database.
    if not _asked_by_the_page(request) and now - times["seen"] >= min(
        60, settings.STAFF_IDLE_SECONDS / 10
    ):
        request.session[SESSION_KEY] = {**times, "seen": now}
    return ""


def _asked_by_the_page(request: HttpRequest) -> bool:
    return "X-Background" in request.headers or request.headers.get("Sec-Fetch-Dest") in {
        "image",
        "script",
        "style",
        "font",
    }


def _leads_to_second_factor(path: str) -> bool:
    return path.startswith(reverse("mfa_index")) or path in {
        reverse("account_logout"),
        reverse("account_reauthenticate"),
    }


def _to_second_factor(request: HttpRequest) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return _problem(403, "second_factor_missing", _("Set up a second factor first."))
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("mfa_index")})
    return HttpResponseRedirect(reverse("mfa_index"))


def _problem(status: int, code: str, detail: str) -> HttpResponse:
    body = {"type": f"urn:gsh:problem:{code}", "title": detail, "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")

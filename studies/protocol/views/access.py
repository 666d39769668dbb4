"""The door of every staff page: signed in, the study visible, the right held.

``@study_page(Permission.X)`` for pages of one study, ``@signed_in`` for the others. Services check
again: these decorators decide what a person is shown, not what they may change.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from studies.access.models import Membership, User
from studies.access.permissions import Permission
from studies.platform.views import keep_typed
from studies.protocol.models import Study
from studies.protocol.services.rights import refusal, rests

P = ParamSpec("P")
Page = Callable[..., HttpResponseBase]


class Rights:
    """What a person may do at one site of a study at least; in templates ``can``.

    ``{% if can.participant_enrol %}`` asks for ``Permission.PARTICIPANT_ENROL``. A name that is no
    permission raises, so a misspelt template fails its test instead of hiding a button for ever.
    """

    def __init__(self, held: frozenset[Permission] = frozenset()) -> None:
        self.held = held

    def __getitem__(self, name: str) -> bool:
        try:
            return Permission[name.upper()] in self.held
        except KeyError as error:
            # Templates silence KeyError and its like; this one is to be heard.
            raise RuntimeError(f"“{name}” is no permission") from error

    def __contains__(self, permission: object) -> bool:
        return permission in self.held


class StaffRequest(HttpRequest):
    """A request of a signed-in member of staff; ``study`` and ``can`` are set on study pages."""

    user: User
    study: Study
    can: Rights


def rights_in(user: User, study: Study) -> Rights:
    """All permissions ``user`` holds at one site of ``study`` or at all of them."""
    return Rights(Membership.objects.permissions(user, study))


def signed_in(view: Callable[Concatenate[StaffRequest, P], HttpResponseBase]) -> Page:
    """Show the page to signed-in staff, lead everyone else to the sign-in page."""

    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return _to_sign_in(request)
        return view(cast("StaffRequest", request), *args, **kwargs)

    return page


def study_page(
    permission: Permission,
) -> Callable[[Callable[Concatenate[StaffRequest, Study, P], HttpResponseBase]], Page]:
    """Show the page of ``<study>`` to those who hold ``permission`` at one of its sites at least.

    The view is called with the ``Study`` in place of its code, in the study's time zone.
    Signed out: to the sign-in page. A study the person does not belong to: 404. The right not
    held: 403.
    """

    def decorate(view: Callable[Concatenate[StaffRequest, Study, P], HttpResponseBase]) -> Page:
        def page(
            request: StaffRequest, /, study: str, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            shown = get_object_or_404(Study.objects.visible_to(request.user), code=study)
            request.study = shown
            request.can = rights_in(request.user, shown)
            if permission not in request.can:
                raise refusal(
                    permission, f"in study {shown.code}", resting=rests(request.user, shown)
                )
            with timezone.override(shown.time_zone):  # pages show dates in the study's zone
                return view(request, shown, *args, **kwargs)

        return wraps(view)(signed_in(page))

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """A page is opened after signing in; a form is kept; a fragment's page asks by itself."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401)  # static/js/session.js: sign in over the page
    if request.method == "POST":
        return keep_typed(request, status=401)
    if request.get_full_path() == reverse("studies:home"):
        return redirect(settings.LOGIN_URL)  # nothing was asked for: signing in leads on
    return redirect_to_login(request.get_full_path())

"""Nobody is served by a process whose database is being upgraded, or is of another version."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from participants.people.middleware import WORDS
from participants.people.views.errors import PARTICIPANTS
from participants.people.views.my import in_participants_words, problem
from participants.people.views.my import refusal_page as participants_page
from studies.platform import in_use
from studies.platform.middleware import Respond
from studies.platform.problems import is_api, refusal_response
from studies.platform.views import refusal_page

UPLOADS = "/my/uploads/"


class ServingMiddleware:
    """503 in words, before anything asks the database: no session, no name, no study is known.

    An answer that is sent piece by piece holds its place until the last one.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(WORDS):  # of files alone
            return self.get_response(request)
        place = in_use.using()
        try:
            place.__enter__()
        except in_use.NotServed as refusal:
            return _refused(request, refusal)
        try:
            response = self.get_response(request)
        except BaseException:
            place.__exit__(None, None, None)
            raise
        if response.streaming:
            leave = partial(place.__exit__, None, None, None)
            response._resource_closers.append(leave)  # type: ignore[attr-defined]
        else:
            place.__exit__(None, None, None)
        return response


def _refused(request: HttpRequest, refusal: in_use.NotServed) -> HttpResponse:
    if is_api(request):
        return refusal_response(refusal)
    if not request.path_info.startswith(PARTICIPANTS):
        with translation.override("en"):
            return refusal_page(request, refusal)
    # Whose page it is, is not known: the browser's own language.
    with translation.override(translation.get_language_from_request(request)):
        words = in_participants_words(refusal)
        if _is_script(request):
            return problem(words)
        return participants_page(request, words, link=True)


def _is_script(request: HttpRequest) -> bool:
    """Whether a page's own script asks, which reads problem details, and not a person."""
    asked = request.headers.get("Sec-Fetch-Mode", "navigate")
    return request.path_info.startswith(UPLOADS) or asked != "navigate"

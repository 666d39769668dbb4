"""Problem details (RFC 9457): what the API answers when something goes wrong."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from studies.platform.errors import Refusal

MEDIA_TYPE = "application/problem+json"
PREFIX = "urn:gsh:problem:"

# Status → (code, title, what to do), for what no refusal of the product says better. The title
# names the kind of problem and is the same each time.
_KINDS = {
    400: ("bad_request", "The request is not understood", "Check its address and headers."),
    401: (
        "not_authenticated",
        "No key was sent, or it is not known",
        "Send the key of your account as “Authorization: Bearer …”.",
    ),
    403: ("not_allowed", "You may not do this", "Your role does not include it."),
    404: (
        "not_found",
        "Not found",
        "There is no such thing, or you may not see it. /api/schema/ lists every address.",
    ),
    405: (
        "method_not_allowed",
        "This address does not take that method",
        "The header Allow names the methods it takes.",
    ),
    406: ("not_acceptable", "Not in that form", "The API answers in JSON; files are CSV."),
    413: ("too_large", "Too large", "Send less at once."),
    415: (
        "unsupported_media_type",
        "What was sent is of a type that is not read here",
        "Send application/json.",
    ),
    429: ("throttled", "Too many requests", "Try again later."),
    503: (
        "paused",
        "Nothing can be saved at the moment",
        "The system is being moved or maintained. Try again in a few minutes.",
    ),
    507: (
        "no_room",
        "There is no room on the server",
        "Its disk is full, so nothing was saved. Try again when there is room.",
    ),
    500: (
        "broken",
        "Something went wrong on our side",
        "It has been written to the log. Try again later, and tell us if it happens again.",
    ),
}


def is_api(request: HttpRequest) -> bool:
    """Whether the address is one of the API's, whose every answer is for a program."""
    return request.path_info == "/api" or request.path_info.startswith("/api/")


def refusal_body(refusal: Refusal) -> dict[str, Any]:
    """A refusal as the members of a problem."""
    return {
        "type": f"{PREFIX}{refusal.code}",
        "title": refusal.title,
        "status": refusal.status,
        "detail": refusal.message,
        **refusal.detail,
    }


def status_body(status: int, *, code: str = "", detail: str = "") -> dict[str, Any]:
    """The members of a problem of which no more than the HTTP status is known."""
    kind, title, advice = _KINDS.get(status) or ("error", HTTPStatus(status).phrase, "")
    return {
        "type": f"{PREFIX}{code or kind}",
        "title": title,
        "status": status,
        "detail": detail or advice or title,
    }


def refusal_response(refusal: Refusal) -> HttpResponse:
    """A refusal as an answer of the API."""
    return JsonResponse(
        refusal_body(refusal),
        status=refusal.status,
        content_type=MEDIA_TYPE,
        headers=refusal.headers,
    )


def as_problem(response: HttpResponse) -> HttpResponse:
    """``response``, an error page for people, made a problem; its status and headers stay."""
    response.content = JsonResponse(status_body(response.status_code)).content
    response["Content-Type"] = MEDIA_TYPE
    for name in ("Content-Length", "Content-Encoding", "ETag", "Last-Modified"):
        response.headers.pop(name, None)
    return response

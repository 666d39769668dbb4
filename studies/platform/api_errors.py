"""API errors as problem details (RFC 9457)."""

from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler

from studies.platform.problems import MEDIA_TYPE, refusal_body, status_body
from studies.platform.room import refusal_of


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn a ``Refusal`` or a DRF error into ``application/problem+json``.

    None for a fault of ours: Django logs it, and ``ApiProblemMiddleware`` puts it into this form.
    """
    refusal = refusal_of(error)
    if refusal is not None:
        return Response(
            refusal_body(refusal),
            status=refusal.status,
            headers=refusal.headers,
            content_type=MEDIA_TYPE,
        )
    response = exception_handler(error, context)
    if response is None:
        return None
    given_detail = response.data.get("detail") if isinstance(response.data, dict) else None
    code = error.default_code if isinstance(error, APIException) else ""
    detail = str(given_detail) if given_detail and isinstance(error, APIException) else ""
    if not given_detail:
        detail = "See errors."
    response.data = {
        **status_body(response.status_code, code=code, detail=detail),
        **({} if given_detail else {"errors": response.data}),
    }
    response.content_type = MEDIA_TYPE
    return response

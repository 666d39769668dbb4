"""API errors as problem details (RFC 9457)."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler

from studies.platform.errors import Refusal


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn a ``Refusal`` or a DRF error into ``application/problem+json``."""
    if isinstance(error, Refusal):
        body: dict[str, Any] = {
            "type": f"urn:gsh:problem:{error.code}",
            "title": error.title,
            "status": error.status,
            "detail": error.message,
            **error.detail,
        }
        return Response(body, status=error.status, content_type="application/problem+json")
    response = exception_handler(error, context)
    if response is None:
        return None
    code = getattr(error, "default_code", "error")
    detail = response.data.get("detail") if isinstance(response.data, dict) else None
    response.data = {
        "type": f"urn:gsh:problem:{code}",
        "title": str(getattr(error, "default_detail", "Error")),
        "status": response.status_code,
        "detail": str(detail) if detail else "See errors.",
        **({"errors": response.data} if not detail else {}),
    }
    response.content_type = "application/problem+json"
    return response

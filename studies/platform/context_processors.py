"""What every page's frame needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Whether this is the demo, and so says so; on study pages the study and one's rights in it.

    ``second_factor_wanted`` is set by the middleware that lets a person reach nothing else.
    """
    context: dict[str, Any] = {
        "gsh_env": settings.GSH_ENV,
        "gsh_version": settings.VERSION,
        "second_factor_wanted": getattr(request, "second_factor_wanted", False),
    }
    if hasattr(request, "can"):
        context |= {"study": getattr(request, "study", None), "can": request.can}
    return context

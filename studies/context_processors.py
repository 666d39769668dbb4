"""What every page's frame needs."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Whether this is the demo, and so says so."""
    return {"gsh_env": settings.GSH_ENV}

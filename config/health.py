"""Whether it runs: for load balancers, the demo and the tests."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from studies.platform.models import WorkerHeartbeat


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, with the number of workers seen in the last 30 s; else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        workers = WorkerHeartbeat.objects.alive().count()
    except DatabaseError:
        return JsonResponse({"database": "away", "workers": 0}, status=503)
    return JsonResponse({"database": "ok", "workers": workers})

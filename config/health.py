"""Whether it runs: for load balancers, the demo, the tests, and whoever watches a server."""

import logging
from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from studies.backup.services.damage import files_standing
from studies.backup.services.standing import backup_standing
from studies.platform import broker, in_use, storage
from studies.platform.middleware import Respond
from studies.platform.models import WorkerHeartbeat
from studies.record.services.edited import rows_standing

logger = logging.getLogger(__name__)


class HealthMiddleware:
    """Answers before anything else: load balancers ask by an address that is no allowed host."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/health/":
            return health(request)
        if request.path_info == "/health/all/":
            return health_of_all(request)
        return self.get_response(request)


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Whether this process can serve people: 200 when the database answers, else 503.

    ``version`` is ``other`` while the database is being upgraded, and where that was done and this
    process is of the version before.

    With the number of workers seen in the last 30 s, and whether the broker answers. People can
    sign in and send photos without either, so neither takes a web host out of service.
    """
    state = _database()
    served = state["database"] == "ok" and "version" not in state
    if state["database"] == "ok":
        state["broker"] = _broker()
    return JsonResponse(state, status=200 if served else 503)


@never_cache
@require_safe
def health_of_all(request: HttpRequest) -> JsonResponse:
    """Whether all that an installation needs is there: 200, or 503 with what is away.

    For whoever watches the server. A worker, the broker and the store of private files count, too;
    ``verified`` tells when stored files were last compared with their hashes, over how many and how
    much, and how many are damaged; ``compared`` the same of rows and the audit trail.
    """
    state = _database()
    if "version" in state:
        return JsonResponse(state, status=503)
    files, verified = _files()
    rows, compared = _rows()
    state |= {"broker": _broker(), "storage": _storage(), **_backup(), **files, **rows}
    whole = state.pop("workers") if "workers" in state else 0
    parts_are_there = all(value == "ok" for value in state.values()) and whole
    state_of_all = {**state, **verified, **compared, "workers": whole}
    return JsonResponse(state_of_all, status=200 if parts_are_there else 503)


def _database() -> dict[str, str | int]:
    if in_use.refusal():
        return {"database": "ok", "version": "other", "workers": 0}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return {"database": "ok", "workers": WorkerHeartbeat.objects.alive().count()}
    except DatabaseError as error:
        logger.warning("the database is away: %s", error)
        return {"database": "away", "workers": 0}


def _broker() -> str:
    try:
        broker.ping()
    except broker.BrokerAway as error:
        logger.warning("the broker is away: %s", error)
        return "away"
    return "ok"


def _backup() -> dict[str, str]:
    """Nothing where no backups are made, or while the database cannot say."""
    try:
        standing = backup_standing()
    except DatabaseError:
        return {}
    return {} if standing is None else {"backup": "late" if standing.late else "ok"}


def _files() -> tuple[dict[str, str], dict[str, Any]]:
    """How stored files stand, and what is told of the last look at them; nothing before it."""
    try:
        standing = files_standing()
    except DatabaseError:
        return {}, {}
    if standing.last is None and not (standing.damaged or standing.late):
        return {}, {}
    word = "damaged" if standing.damaged else "late" if standing.late else "ok"
    verified = {
        "at": standing.last,
        "files": standing.files,
        "bytes": standing.bytes,
        "all_by": standing.all_by,
        "damaged": standing.damaged,
    }
    return {"files": word}, {"verified": verified}


def _rows() -> tuple[dict[str, str], dict[str, Any]]:
    try:
        standing = rows_standing()
    except DatabaseError:
        return {}, {}
    if standing.last is None and not standing.edited:
        return {}, {}
    compared = {"at": standing.last, "rows": standing.rows, "edited": standing.edited}
    return {"rows": "edited" if standing.edited else "ok"}, {"compared": compared}


def _storage() -> str:
    try:
        storage.reach()
    except storage.StorageAway as error:
        logger.warning("private files are away: %s", error)
        return "away"
    return "ok"

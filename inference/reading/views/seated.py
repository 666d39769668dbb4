"""The door of a reader's pages: a seat in this reading study, now or once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from inference.reading.models import ReadingStudy, Scale
from inference.reading.scales import Kind, areas_of, most_of, parts_of
from inference.reading.services.answering import Answer
from studies.access.permissions import Permission
from studies.platform.errors import Invalid, Refusal
from studies.platform.problems import refusal_body
from studies.protocol.models import Study
from studies.protocol.views.access import Page, StaffRequest, study_page

P = ParamSpec("P")
MOST_BYTES = 64 * 1024  # of what a page sends


def seated(
    view: Callable[Concatenate[StaffRequest, ReadingStudy, P], HttpResponseBase],
) -> Page:
    """The page of a reading study in which one has, or had, a seat; to anybody else it is none."""

    def page(
        request: StaffRequest, study: Study, /, reading: str, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        own = ReadingStudy.objects.filter(study=study, seats__user=request.user).distinct()
        found = get_object_or_404(own.select_related("study"), code=reading)
        return view(request, found, *args, **kwargs)

    return wraps(view)(study_page(Permission.READ_BLIND)(page))


def answered_in_json(
    view: Callable[Concatenate[StaffRequest, ReadingStudy, P], HttpResponseBase],
) -> Callable[Concatenate[StaffRequest, ReadingStudy, P], HttpResponseBase]:
    """Tell a refusal to the page's script, which shows its sentence where it stands."""

    @wraps(view)
    def page(
        request: StaffRequest, reading: ReadingStudy, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        try:
            return view(request, reading, *args, **kwargs)
        except Refusal as refusal:
            body = refusal_body(refusal) | {"code": refusal.code}
            return JsonResponse(body, status=refusal.status)

    return page


def sent(request: HttpRequest) -> dict[str, Any]:
    """What the page's script sent.

    Raises:
        Invalid: it is no object of JSON, or too long.
    """
    body = request.body if len(request.body) <= MOST_BYTES else b""
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise Invalid("What the page sent cannot be read. Reload it, please; nothing was changed.")
    return told


def answer_in(told: Mapping[str, Any]) -> Answer:
    """The answer that the page's script sent; what is of no use in it is left out."""
    return Answer(
        values=_mapping(told.get("values")),
        parts=_mapping(told.get("parts")),
        unreadable=str(told.get("unreadable") or ""),
        active_ms=_whole(told.get("active_ms")) or 0,
        viewing=_mapping(told.get("viewing")),
        shown_ms=_whole(told.get("shown_ms")),
    )


def request_id_in(told: Mapping[str, Any]) -> UUID:
    """The number of this sending.

    Raises:
        Invalid: there is none.
    """
    try:
        return UUID(str(told.get("request_id")))
    except ValueError as error:
        raise Invalid("The page sent no number of its own. Reload it, please.") from error


def shown_scales(scales: list[Scale]) -> list[dict[str, Any]]:
    """Scales as a page draws them."""
    return [_shown(scale) for scale in scales]


def _shown(scale: Scale) -> dict[str, Any]:
    kind = Kind(scale.kind)
    parts = [(part, range(part.most + 1)) for part in parts_of(kind)]
    return {
        "scale": scale,
        "kind": kind.value,
        "most": most_of(kind, len(scale.grades)),
        "areas": [(area, parts) for area in areas_of(kind)],
        "anchors": list(scale.anchors.all()),
    }


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    return int(max(-1, min(value, 10**12)))

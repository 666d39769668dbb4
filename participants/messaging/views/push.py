"""Taking a browser into Web Push, and forgetting it."""

import json
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from participants.messaging.services import phones
from participants.people.views.my import MyRequest, my_endpoint
from studies.platform.errors import Invalid

LONGEST = 4096


@require_http_methods(["POST", "DELETE"])
@my_endpoint
def push(request: MyRequest) -> HttpResponseBase:
    """``POST {endpoint, keys: {p256dh, auth}}`` takes a browser in, ``DELETE {endpoint}`` out."""
    body = _body(request)
    endpoint = body.get("endpoint")
    if not isinstance(endpoint, str) or not endpoint:
        raise Invalid(_("This browser's notifications cannot be used here. Nothing was changed."))
    participant = request.participant
    if request.method == "DELETE":
        phones.unsubscribe(participant=participant, endpoint=endpoint, by=participant)
        return HttpResponse(status=204)
    keys = body.get("keys")
    phones.subscribe(
        participant=participant,
        endpoint=endpoint,
        keys=keys if isinstance(keys, dict) else {},
        by=participant,
    )
    return JsonResponse({"phones": participant.push_subscriptions.count()}, status=201)


def _body(request: MyRequest) -> dict[str, Any]:
    if len(request.body) > LONGEST:
        raise Invalid(_("This browser's notifications cannot be used here. Nothing was changed."))
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}

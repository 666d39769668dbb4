"""“My data”: what is held about the participant, what they can ask for, and the receipt."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participants.consent.services import consents
from participants.people.models import Participant
from participants.people.views.my import MyRequest, my_data_page, refusal_page
from participants.privacy.models import DataRequest
from participants.privacy.services import data_requests, my_data, stays
from studies.platform.addresses import attachment
from studies.platform.errors import Refusal

Kind = DataRequest.Kind
WISHES = {
    "stop": Kind.STOP,
    "stop-and-keep": Kind.STOP_KEEP,
    "erase": Kind.ERASE,
    "copy": Kind.COPY,
}


@dataclass(frozen=True)
class Shown:
    """A request as its participant sees it."""

    request: DataRequest
    receipt: str
    may_take_back: bool


@require_safe
@my_data_page
def data(request: MyRequest) -> HttpResponse:
    """What is held, who sees it, how long, where it goes, and what can be asked for."""
    participant = request.participant
    with timezone.override(participant.zone):
        return render(request, "participants/privacy/my/data.html", _context(request, participant))


def _context(request: HttpRequest, participant: Participant) -> dict[str, object]:
    asked = [_shown(request, data_request) for data_request in participant.data_requests.all()]
    open_kinds = {standing.request.kind for standing in asked if standing.request.state == "open"}
    stopped = participant.state == Participant.State.WITHDRAWN
    return {
        "participant": participant,
        "study": participant.study,
        "site": participant.site,
        "facts": my_data.facts(participant),
        "consent": consents.consent_in_force(participant),
        "last_consent": participant.consents.select_related("document__version").first(),
        "asked": asked,
        "phones": [] if stopped else participant.devices.usable(timezone.now()),
        "stopped": stopped,
        "locked": participant.data_use == Participant.DataUse.RESTRICTED,
        "may_stop": not stopped,
        "may_lock": stopped and participant.data_use == Participant.DataUse.FULL,
        "may_erase": Kind.ERASE not in open_kinds,
        # Who is being erased takes that back first.
        "may_return": stopped and Kind.ERASE not in open_kinds,
        "may_copy": Kind.COPY not in open_kinds,
    }


def _shown(request: HttpRequest, data_request: DataRequest) -> Shown:
    token = data_requests.receipt_token(data_request)
    receipt = request.build_absolute_uri(reverse("my:receipt", args=[token])) if token else ""
    return Shown(data_request, receipt, data_requests.may_be_taken_back(data_request))


@require_safe
@my_data_page
def copy(request: MyRequest) -> HttpResponse:
    """The coded facts as a JSON file."""
    participant = request.participant
    if request.method == "HEAD":
        return HttpResponse(content_type="application/json")
    body = my_data.copy_of(participant)
    response = JsonResponse(body, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = attachment(f"my-data-{participant.code}.json")
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@my_data_page
def ask(request: MyRequest, wish: str) -> HttpResponseBase:
    """What one wish means, on one page; pressing its button is the request.

    An erasure is asked for in two steps: the second page says once more what nobody can undo.
    """
    participant = request.participant
    if wish not in WISHES:
        raise Http404
    kind = WISHES[wish]
    unsure = kind == Kind.ERASE and "sure" not in request.POST
    if request.method == "POST" and not unsure:
        data_requests.ask(
            participant=participant, kind=kind, by=participant, reason=_reason(request)
        )
        messages.success(request, _("Your request has been received."))
        response = redirect("my:data")
        if kind != Kind.COPY:
            # Photos not yet sent, and those kept on the phone to compare with, go from it too.
            response["Clear-Site-Data"] = '"storage"'
        return response
    with timezone.override(participant.zone):
        context = _asking(participant, kind)
        context |= {"step": 2 if request.method == "POST" else 1, "reason": _reason(request)}
        return render(request, "participants/privacy/my/data_ask.html", context)


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "")[:500]


def _asking(participant: Participant, kind: str) -> dict[str, object]:
    return {
        "participant": participant,
        "study": participant.study,
        "site": participant.site,
        "kind": kind,
        "counts": my_data.counts(participant),
        "stopped": participant.state == Participant.State.WITHDRAWN,
        "until": data_requests.erased_on(timezone.now()),
        "stays": stays.told(participant),
    }


@require_POST
@my_data_page
def take_back(request: MyRequest, pk: int) -> HttpResponseBase:
    """Keep what was to be erased."""
    asked = get_object_or_404(request.participant.data_requests, pk=pk)
    data_requests.take_back(request=asked, by=request.participant)
    messages.success(
        request,
        _(
            "You have taken it back. Nothing will be erased. You are still no longer taking part: "
            "if you would like to come back, please ask your study team, whose number is below."
        ),
    )
    return redirect("my:data")


@never_cache
@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """``/r/<token>/``: what became of a request; works after the personal link is dead.

    Names nobody, and not the participant's number either: who holds the address knows whose it is.
    """
    try:
        erasure = data_requests.find_receipt(token)
    except Refusal as refusal:
        return refusal_page(request, refusal, link=True)
    study = erasure.participant.study
    with translation.override(erasure.language), timezone.override(erasure.participant.zone):
        context = {
            "asked": erasure,
            "study": study,
            "site": erasure.participant.site,
            "stays": stays.told_of_safety(erasure.participant),
        }
        response = render(request, "participants/privacy/my/receipt.html", context)
    response["Cache-Control"] = "private, no-store"
    return response

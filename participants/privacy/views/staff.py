"""The inbox of a study: what participants asked about their data, and what is done about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from participants.privacy.forms import ActForm
from participants.privacy.models import DataRequest, DataRequestQuerySet
from participants.privacy.services import data_requests as service
from studies.access.permissions import Permission
from studies.platform.errors import Invalid
from studies.platform.forms import show_refusal
from studies.platform.work import WorkState
from studies.protocol.models import Site, Study
from studies.protocol.services.rights import require
from studies.protocol.views.access import StaffRequest, study_page

SHOWN = 200


@dataclass(frozen=True)
class Line:
    """A request as staff sees it: what it waits for, and what the person may do."""

    request: DataRequest
    acts: list[str]
    reason: str
    receipt: str

    @property
    def stuck(self) -> str:
        """What was found or failed, when the work was set aside."""
        work = getattr(self.request, "work", None)
        return work.last_error if work and work.state == WorkState.QUARANTINED else ""

    @property
    def begun(self) -> bool:
        work = getattr(self.request, "work", None)
        return bool(work and work.step)


def _seen(request: StaffRequest, study: Study) -> DataRequestQuerySet:
    rows = DataRequest.objects.visible_to(request.user).filter(participant__study=study)
    return rows.select_related(
        "participant__site", "participant__study", "requested_by", "settled_by", "work"
    )


@require_safe
@study_page(Permission.DATA_REQUEST_VIEW)
def data_requests(request: StaffRequest, study: Study) -> HttpResponse:
    """Open requests first, then those that are settled."""
    seen = _seen(request, study)
    held = Site.objects.visible_to(request.user, Permission.DATA_REQUEST_EDIT).filter(study=study)
    sites = set(held.values_list("pk", flat=True))
    waiting = seen.open().order_by("due_at")
    settled = seen.exclude(state=DataRequest.State.OPEN)[:SHOWN]
    context = {
        "study": study,
        "section": "requests",
        "open": [_line(request, asked, sites) for asked in waiting],
        "settled": [_line(request, asked, sites) for asked in settled],
    }
    return render(request, "participants/privacy/data_requests.html", context)


def _line(request: StaffRequest, data_request: DataRequest, sites: set[int]) -> Line:
    """The receipt's address is for whoever asked: shown to the coordinator who did so for them."""
    may_act = data_request.participant.site_id in sites
    receipt = ""
    if data_request.requested_by_id == request.user.pk and may_act:
        token = service.receipt_token(data_request)
        path = reverse("my:receipt", args=[token]) if token else ""
        receipt = request.build_absolute_uri(path) if path else ""
    reason = service.reason_of(request=data_request, by=request.user) if may_act else ""
    return Line(data_request, _acts(data_request) if may_act else [], reason, receipt)


def _acts(data_request: DataRequest) -> list[str]:
    work = getattr(data_request, "work", None)
    if data_request.state != DataRequest.State.OPEN:
        return []
    if work is not None and work.state == WorkState.QUARANTINED:
        return ["try-again"]
    if data_request.kind == DataRequest.Kind.COPY:
        return ["copy-given", "copy-refused"]
    waits = work is not None and work.state == WorkState.QUEUED and not work.step
    return (
        ["erase-now", "take-back"] if data_request.kind == DataRequest.Kind.ERASE and waits else []
    )


@dataclass(frozen=True)
class Act:
    """One thing to do about a request: its page's words, and the service that does it."""

    heading: str
    text: str
    button: str
    done: str
    do: Callable[[DataRequest, StaffRequest, str], DataRequest]
    danger: bool = False
    note: str = ""  # the label of the note that is asked for; empty asks for none


ACTS = {
    "erase-now": Act(
        "Erase everything now",
        "Photos, everything made from them, scores, name and contact are removed at once and "
        "cannot be brought back. The code, the visits' dates and the audit trail stay. Do this "
        "when the participant does not want to wait.",
        "Erase now",
        "Erasing has begun.",
        lambda asked, request, _: service.carry_out_now(request=asked, by=request.user),
        danger=True,
    ),
    "take-back": Act(
        "Take the erasure back",
        "On the participant's behalf, and only if they have said so. Nothing is erased; what was "
        "collected stays locked, and taking part has ended.",
        "Take it back",
        "The erasure is taken back.",
        lambda asked, request, note: service.take_back(request=asked, by=request.user, reason=note),
        note="How did the participant say so?",
    ),
    "copy-given": Act(
        "The copy was handed over",
        "Note this once the photos have reached the participant and nobody else. Photos can be "
        "downloaded from each photo's page; that you did so is recorded.",
        "Note that it was handed over",
        "Noted.",
        lambda asked, request, _: service.answer_copy(request=asked, given=True, by=request.user),
    ),
    "copy-refused": Act(
        "No copy is given",
        "The participant reads your reason, so write it in their language if you can.",
        "Give no copy",
        "Noted. The participant sees the reason.",
        lambda asked, request, note: service.answer_copy(
            request=asked, given=False, reason=note, by=request.user
        ),
        note="Reason",
    ),
    "try-again": Act(
        "Try again",
        "Erasing begins again and searches every store again. Look first at what was found.",
        "Try again",
        "It is tried again.",
        lambda asked, request, _: service.retry(request=asked, by=request.user),
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.DATA_REQUEST_VIEW)
def act(request: StaffRequest, study: Study, pk: int, act: str) -> HttpResponse:
    """Say what one act does, and do it."""
    asked = get_object_or_404(_seen(request, study), pk=pk)
    require(request.user, Permission.DATA_REQUEST_EDIT, study=study, site=asked.participant.site)
    if act not in ACTS:
        raise Http404
    wanted = ACTS[act]
    form = ActForm(request.POST if request.method == "POST" else None, label=wanted.note)
    if request.method == "POST" and form.is_valid():
        try:
            wanted.do(asked, request, form.cleaned_data.get("note", ""))
        except Invalid as refusal:
            show_refusal(form, refusal, rename={"reason": "note"})
        else:
            messages.success(request, wanted.done)
            return redirect("participants:data_requests", study.code)
    context: dict[str, Any] = {
        "study": study,
        "section": "requests",
        "asked": asked,
        "act": wanted,
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "participants/privacy/data_request_act.html", context, status=status)

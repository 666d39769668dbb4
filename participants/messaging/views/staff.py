"""The log of messages: coordinators, managers and monitors see that people were told, not what."""

from django.contrib import messages as notes
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from participants.messaging.models import Message
from participants.messaging.services.log import TABS, messages_of, retry_message
from studies.access.permissions import Permission
from studies.platform.views import back
from studies.protocol.models import Study
from studies.protocol.models.reminders import CHANNELS
from studies.protocol.views.access import StaffRequest, study_page

PER_PAGE = 50


@require_safe
@study_page(Permission.MESSAGE_VIEW)
def messages(request: StaffRequest, study: Study) -> HttpResponse:
    """By state, kind, channel and participant; the latest first, what is coming the soonest."""
    seen = messages_of(study, request.user)
    tab = request.GET.get("state", "problems")
    if tab not in TABS:
        raise Http404
    kind, channel = request.GET.get("kind", ""), request.GET.get("channel", "")
    code = request.GET.get("code", "").strip()
    narrowed = seen
    if kind in Message.Kind.values:
        narrowed = narrowed.filter(kind=kind)
    if channel in CHANNELS:
        narrowed = narrowed.filter(channel=channel)
    if code:
        narrowed = narrowed.filter(participant__code__icontains=code)
    order = ("due_at", "pk") if tab == "coming" else ("-finished_at", "-pk")
    page = Paginator(narrowed.filter(TABS[tab][1]).order_by(*order), PER_PAGE)
    context = {
        "study": study,
        "section": "messages",
        "tab": tab,
        "tabs": [(key, name, narrowed.filter(q).count()) for key, (name, q) in TABS.items()],
        "page": page.get_page(request.GET.get("page")),
        "kinds": Message.Kind.choices,
        "channels": CHANNELS.items(),
        "kind": kind,
        "channel": channel,
        "code": code,
    }
    return render(request, "participants/messaging/messages.html", context)


@require_POST
@study_page(Permission.WORK_RETRY)
def retry(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Try one message again, after somebody has looked."""
    message = get_object_or_404(messages_of(study, request.user), pk=pk)
    retry_message(message=message, by=request.user)
    notes.success(request, "It is tried again now.")
    return back(request, "participants:messages", study.code)

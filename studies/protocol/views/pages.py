"""What the pages of the protocol share: a form that a service may refuse."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from studies.platform.errors import Invalid, Refusal
from studies.platform.forms import Values, ask_to_confirm, carry_seen, show_refusal
from studies.protocol.views.access import StaffRequest


def form_page(
    request: StaffRequest,
    *,
    form: forms.BaseForm,
    save: Callable[[dict[str, Any]], object],
    done: str,
    to: str,
    template: str = "studies/protocol/form.html",
    current: Callable[[], Values] | None = None,
    confirm: bool = False,
    **context: Any,
) -> HttpResponse:
    """Show ``form``; when sent and right, call ``save`` with its values and go ``to``.

    What a service refuses is shown in the form with everything that was typed, under the status
    of the refusal. With ``current``, which reads what the form is about as it stands now, a form
    that is stale is refused (its values have ``seen``); with ``confirm`` a service may ask whether
    something is meant (``confirmed``).
    """
    status = 200
    if current is not None:
        carry_seen(form, current)
    if confirm:
        ask_to_confirm(form)
    if request.method == "POST":
        if form.is_valid():
            try:
                save(form.cleaned_data)
            except Refusal as refusal:
                if refusal.status in {403, 404}:
                    raise
                show_refusal(form, refusal, current=current)
                status = refusal.status
            else:
                messages.success(request, done)
                return HttpResponseRedirect(to)
        else:
            status = Invalid.status
    return render(request, template, {"form": form, "back_url": to, **context}, status=status)


def protocol_url(code: str, section: str = "") -> str:
    """The protocol page of a study, at one of its sections."""
    return reverse("studies:protocol", args=[code]) + (f"#{section}" if section else "")

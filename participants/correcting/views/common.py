"""What the pages of corrections share: the form shown, saved, and the way back."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from participants.correcting.forms import CorrectionForm
from participants.people.models import Participant
from studies.access.models import User
from studies.platform.errors import Invalid, StateRefused
from studies.platform.forms import ask_to_confirm, carry_seen, show_refusal
from studies.protocol.views.access import StaffRequest

Values = dict[str, Any]


def said(form: forms.Form) -> Values:
    """What every service of a correction takes from its form."""
    return {name: form.cleaned_data[name] for name in ("reason", "seen", "confirmed")}


def back(participant: Participant, by: User | None = None) -> HttpResponse:
    """To the participant's page; to the list, where ``by`` sees them no more."""
    study = participant.study.code
    if by is not None and not Participant.objects.visible_to(by).filter(pk=participant.pk).exists():
        return redirect("participants:list", study)
    return redirect("participants:detail", study, participant.code)


def correct(
    request: StaffRequest,
    participant: Participant,
    form: CorrectionForm,
    *,
    save: Callable[[], None],
    heading: str,
    lead: str,
    current: Callable[[], Values] | None = None,
    done: str = "",
    button: str = "",
) -> HttpResponse:
    """Show the form, or save it and lead back to the participant."""
    if current is not None:
        carry_seen(form, current)
        ask_to_confirm(form)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            save()
        except (Invalid, StateRefused) as refusal:
            show_refusal(form, refusal, current=current)
            status = refusal.status
        else:
            done = done or _("%(code)s is corrected.")
            messages.success(request, done % {"code": participant.code})
            return back(participant, request.user)
    context = {
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "form": form,
        "heading": heading % {"code": participant.code},
        "lead": lead,
        "button": button,
    }
    return render(request, "participants/correcting/correct.html", context, status=status)

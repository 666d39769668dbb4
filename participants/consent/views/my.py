"""Consent on the participant's own phone: reading, answering, choosing, signing, and later changes.

One page holds the whole form and works without JavaScript; the script shows it part by part.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participants.consent.errors import ConsentChanged, SignatureUnusable
from participants.consent.phone_forms import ChoicesForm, PhoneConsentForm
from participants.consent.sections import pages_of
from participants.consent.services import consents
from participants.consent.services import reading as consent_reading
from participants.consent.services.guardians import may_have_guardian
from participants.consent.services.signed_amiss import TAKING_PART
from participants.people.models import Participant
from participants.people.views.my import MyRequest, my_endpoint, my_page
from studies.consent_texts.models import ConsentDocument
from studies.platform.errors import Invalid, StateRefused
from studies.platform.forms import show_refusal


@require_http_methods(["GET", "HEAD", "POST"])
@my_page
def review(request: MyRequest) -> HttpResponseBase:
    """Read the text in force, and sign it when it is the first or newer than the one agreed to."""
    participant = request.participant
    _require_taking_part(participant)
    given = consents.consent_in_force(participant)
    if given is not None and not consents.needs_new_consent(participant):
        return redirect("my:consent_done")
    document = consents.next_for(participant).document
    if request.method != "POST":
        return _page(request, document, _form(participant, document))
    if request.POST.get("document_sha256") != document.sha256:
        return _page(request, document, _again(request, document), changed=True)
    form = _form(participant, document, request.POST)
    valid = form.is_valid()
    wrong = _keep_progress(participant, document, form)
    if valid and not wrong:
        try:
            consents.give_consent(
                participant=participant, document=document, by=participant, **form.given()
            )
        except ConsentChanged:
            document = consents.next_for(participant).document
            return _page(request, document, _again(request, document), changed=True)
        except SignatureUnusable as refusal:
            form.add_error("signature", refusal.message)
        except Invalid as refusal:
            show_refusal(form, refusal, prefix=PhoneConsentForm.CHOICE)
        else:
            return redirect("my:consent_done")
    form.reading = consent_reading.reading_of(participant, document)
    return _page(request, document, form, status=422, wrong=wrong)


def _form(
    participant: Participant, document: ConsentDocument, data: Any = None
) -> PhoneConsentForm:
    reading = consent_reading.reading_of(participant, document)
    guardian = may_have_guardian(participant)
    return PhoneConsentForm(data, document=document, reading=reading, guardian=guardian)


def _again(request: MyRequest, document: ConsentDocument) -> PhoneConsentForm:
    """A fresh form for a text that came into force meanwhile; it keeps the name."""
    form = _form(request.participant, document)
    form.initial["typed_name"] = request.POST.get("typed_name", "")
    return form


def _keep_progress(
    participant: Participant, document: ConsentDocument, form: PhoneConsentForm
) -> list[int]:
    """Keep choices and answers; the questions whose explanation is now seen for the first time."""
    consent_reading.keep_choices(
        participant=participant, document=document, choices=form.ticked(), by=participant
    )
    wrong = []
    for number, option in form.answers().items():
        known = form.reading.checks.get(str(number))
        if known and known["option"] == option:
            continue  # answered so on the page already, and explained
        verdict = consent_reading.answer_check(
            participant=participant, document=document, number=number, option=option, by=participant
        )
        if not verdict.right and verdict.tries == 1:
            wrong.append(number)
    return wrong


def _page(
    request: MyRequest,
    document: ConsentDocument,
    form: PhoneConsentForm,
    *,
    status: int = 200,
    changed: bool = False,
    wrong: list[int] | None = None,
) -> HttpResponse:
    participant = request.participant
    agreed = consents.consent_in_force(participant)
    amiss = consents.amiss(agreed) if agreed else None
    context = {
        "study": participant.study,
        "site": participant.site,
        "participant": participant,
        "zone": str(participant.zone),
        "document": document,
        "form": form,
        "agreed": agreed,
        "changed": changed,
        "wrong": wrong,
        "amiss": amiss,
        # Who signs by their age for the first time has read none of it yet.
        **pages_of(document, None if agreed is None or amiss else agreed.document),
    }
    return render(
        request,
        "participants/consent/my/consent_review.html",
        context,
        status=409 if changed else status,
    )


@require_POST
@my_endpoint
def answer(request: MyRequest) -> HttpResponseBase:
    """One answer to one check question, for the page's script: right or not, and why."""
    participant = request.participant
    document = _document_shown(request)
    verdict = consent_reading.answer_check(
        participant=participant,
        document=document,
        number=_number(request, "question"),
        option=_number(request, "option"),
        by=participant,
    )
    return JsonResponse({"right": verdict.right, "explanation": verdict.explanation})


@require_POST
@my_endpoint
def progress(request: MyRequest) -> HttpResponseBase:
    """What is ticked so far, for the page's script."""
    document = _document_shown(request)
    ticked = {
        choice["code"]: bool(request.POST.get(PhoneConsentForm.CHOICE + choice["code"]))
        for choice in document.choices
    }
    consent_reading.keep_choices(
        participant=request.participant, document=document, choices=ticked, by=request.participant
    )
    return HttpResponse(status=204)


def _document_shown(request: MyRequest) -> ConsentDocument:
    """The text in force, which must be the one on the page."""
    participant = request.participant
    document = consents.next_for(participant).document
    if request.POST.get("document_sha256") != document.sha256:
        raise ConsentChanged(
            _("A newer version of the text came into force while you were reading.")
        )
    return document


def _number(request: MyRequest, name: str) -> int:
    value = request.POST.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 4 else 0


@require_safe
@my_page
def done(request: MyRequest) -> HttpResponseBase:
    """What was agreed to and when, with the copy to keep."""
    participant = request.participant
    consent = consents.consent_in_force(participant)
    if consent is None:
        return redirect("my:consent_review")
    context = {
        "study": participant.study,
        "site": participant.site,
        "participant": participant,
        "zone": str(participant.zone),
        "consent": consent,
        "agreed_to": [
            (choice["text"], consent.choices.get(choice["code"]) is True)
            for choice in consent.document.choices
        ],
        "renew": consents.needs_new_consent(participant),
        "optional": any(not choice["required"] for choice in consent.document.choices),
    }
    return render(request, "participants/consent/my/consent_done.html", context)


@require_safe
@my_page
def declined(request: MyRequest) -> HttpResponseBase:
    """“I do not agree”: nothing is recorded by looking; what can be done, in plain words."""
    participant = request.participant
    context = {
        "study": participant.study,
        "site": participant.site,
        "participant": participant,
        "zone": str(participant.zone),
        "agreed": consents.consent_in_force(participant),
    }
    return render(request, "participants/consent/my/consent_declined.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@my_page
def choices(request: MyRequest) -> HttpResponseBase:
    """Change the optional choices, and stay in the study."""
    participant = request.participant
    _require_taking_part(participant)
    consent = consents.consent_in_force(participant)
    if consent is None:
        return redirect("my:consent_review")
    form = ChoicesForm(request.POST or None, consent=consent)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            changed = consents.change_choices(
                participant=participant,
                choices=form.choices(),
                typed_name=form.cleaned_data["typed_name"],
                by=participant,
            )
        except Invalid as refusal:
            show_refusal(form, refusal, prefix=ChoicesForm.CHOICE)
        else:
            if changed.pk != consent.pk:
                messages.success(request, _("Your choices are changed. There is a new copy."))
            return HttpResponseRedirect(reverse("my:consent_done"))
    context = {
        "study": participant.study,
        "site": participant.site,
        "participant": participant,
        "zone": str(participant.zone),
        "consent": consent,
        "form": form,
    }
    return render(request, "participants/consent/my/consent_choices.html", context, status=status)


def _require_taking_part(participant: Participant) -> None:
    if participant.state not in TAKING_PART:
        raise StateRefused(
            _("You have completed the study, so there is nothing to sign or to change any more.")
        )

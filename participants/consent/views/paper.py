"""Consent on paper: choose the text, enter what was signed, add the pages."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from participants.consent.errors import NoConsentDocument
from participants.consent.paper_forms import PaperForm
from participants.consent.services import consents, paper
from participants.people.models import Participant
from participants.people.views.door import participant_page
from studies.access.permissions import Permission
from studies.consent_texts.models import ConsentDocument
from studies.platform.errors import Invalid
from studies.platform.forms import show_refusal
from studies.protocol.views.access import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.CONSENT_RECORD)
def consent_paper(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Record a consent that was signed on paper, of the text in force then."""
    study = participant.study
    texts = paper.texts_for_paper(participant)
    if not texts:
        raise NoConsentDocument(
            f"Study {study.code} has no consent text in force, so nobody can consent yet. "
            "The study's manager can bring one into force on the protocol page."
        )
    document = _chosen(request, participant, texts)
    form = PaperForm(request.POST or None, request.FILES or None, document=document)
    if request.method == "POST" and form.is_valid():
        try:
            paper.record_paper_consent(
                participant=participant, document=document, by=request.user, **form.given()
            )
        except Invalid as refusal:
            show_refusal(form, refusal, prefix=PaperForm.CHOICE)
        else:
            said = _("The consent of %(code)s on paper is recorded.") % {"code": participant.code}
            messages.success(request, said)
            return redirect("participants:detail", study.code, participant.code)
    context = {
        "study": study,
        "section": "participants",
        "participant": participant,
        "form": form,
        "texts": texts,
        "document": document,
    }
    status = 422 if form.is_bound else 200
    response = render(request, "participants/consent/paper.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _chosen(
    request: StaffRequest, participant: Participant, texts: list[ConsentDocument]
) -> ConsentDocument:
    asked = request.POST.get("document") or request.GET.get("document") or ""
    chosen = next((text for text in texts if str(text.pk) == asked), None)
    if chosen is not None:
        return chosen
    try:
        return consents.next_for(participant).document
    except NoConsentDocument:
        return texts[0]

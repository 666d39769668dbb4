"""Consent on the coordinator's tablet: the text, the choices, the name, the signature."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from participants.consent.errors import ConsentChanged, SignatureUnusable
from participants.consent.forms import ConsentForm
from participants.consent.services import consents
from participants.consent.services.guardians import may_have_guardian
from participants.people.models import Participant
from participants.people.services import languages
from participants.people.views.door import participant_page
from studies.access.permissions import Permission
from studies.consent_texts.markup import body_html
from studies.consent_texts.models import ConsentDocument
from studies.platform.addresses import attachment
from studies.platform.errors import Invalid
from studies.platform.forms import show_refusal
from studies.protocol.views.access import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.CONSENT_RECORD)
def consent(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Show the text in force and record the consent to it; the frame is staff's and English.

    What the participant reads is in their language, which can be changed on the spot.

    When the text changed while it was read, the new one is shown with the name still typed;
    choices and signature are asked for again, since they belong to what was read.
    """
    study = participant.study
    if "language" in request.POST:
        wished = request.POST["language"]
        languages.choose_language(participant=participant, language=wished, by=request.user)
        return redirect("participants:consent", study.code, participant.code)
    document = consents.next_for(participant).document
    form = ConsentForm(
        request.POST or None, document=document, guardian=may_have_guardian(participant)
    )
    status = 422 if form.is_bound else 200
    if request.method == "POST":
        if request.POST.get("document_sha256") != document.sha256:
            return _again(request, participant, document)
        if form.is_valid():
            try:
                _give(request, participant, document, form)
            except ConsentChanged:
                document = consents.next_for(participant).document
                return _again(request, participant, document)
            except SignatureUnusable as refusal:
                form.add_error("signature", refusal.message)
            except Invalid as refusal:
                show_refusal(form, refusal, prefix=ConsentForm.CHOICE)
            else:
                return redirect("participants:detail", study.code, participant.code)
    return _page(request, participant, document, form, status)


def _give(
    request: StaffRequest, participant: Participant, document: ConsentDocument, form: ConsentForm
) -> None:
    with translation.override(languages.reading_language(participant).code):
        # What is refused here is read by the participant, beside the field.
        consents.give_consent(
            participant=participant, document=document, by=request.user, **form.given()
        )
    messages.success(
        request, _("The consent of %(code)s is recorded.") % {"code": participant.code}
    )


def _again(
    request: StaffRequest, participant: Participant, document: ConsentDocument
) -> HttpResponse:
    """The page of ``document``, which came into force meanwhile; it keeps the name."""
    form = ConsentForm(
        initial={
            "typed_name": request.POST.get("typed_name", ""),
            "sign_by_typing": request.POST.get("sign_by_typing", ""),
        },
        document=document,
        guardian=may_have_guardian(participant),
    )
    return _page(request, participant, document, form, 409)


def _page(
    request: StaffRequest,
    participant: Participant,
    document: ConsentDocument,
    form: ConsentForm,
    status: int,
) -> HttpResponse:
    before = consents.consent_in_force(participant)
    context = {
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "document": document,
        "body": body_html(document.body),
        "form": form,
        "changed": status == 409,
        "other_language": document.language != participant.language,
        "reading": languages.reading_language(participant),
        "languages": languages.offered(participant.study),
        "before": before,
        "amiss": consents.amiss(before) if before else None,
    }
    response = render(request, "participants/consent/consent.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@participant_page(Permission.IDENTITY_VIEW)
def copy(request: StaffRequest, participant: Participant, pk: int) -> HttpResponse:
    """The PDF copy of one consent; that it was opened is recorded."""
    consent = get_object_or_404(participant.consents.exclude(pdf_file=""), pk=pk)  # erased
    consent.participant = participant
    pdf = consents.open_copy(consent=consent, by=request.user)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = attachment(
        f"consent-{participant.code}-{consent.given_at:%Y%m%d}.pdf"
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response

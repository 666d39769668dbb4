"""A consent text as a participant's phone shows it, for the staff who write it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.http import require_safe

from participants.consent_forms import PhoneConsentForm
from participants.consent_pages import pages_of
from participants.models import ConsentReading
from studies.models import ConsentDocument, Study
from studies.permissions import Permission
from studies.services.consent_documents import version_in_force
from studies.views.access import StaffRequest, study_page


@require_safe
@study_page(Permission.STUDY_VIEW)
def preview(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """The phone's page for this version, in its language; a draft with what it would change.

    Nothing on it is sent: the form has no address and no button that sends.
    """
    document = get_object_or_404(study.consent_documents, pk=pk)
    before = None
    if document.state == ConsentDocument.State.DRAFT:
        before = version_in_force(study=study, language=document.language)
    context: dict[str, Any] = {
        "study": study,
        "document": document,
        "preview": True,
        "form": PhoneConsentForm(document=document, reading=ConsentReading()),
        **pages_of(document, before),
    }
    with translation.override(document.language):
        return render(request, "my/consent_review.html", context)

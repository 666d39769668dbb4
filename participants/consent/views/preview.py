"""A consent text as a participant's phone shows it, for the staff who write it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.http import require_safe

from participants.consent.models import ConsentReading
from participants.consent.phone_forms import PhoneConsentForm
from participants.consent.sections import pages_of
from participants.consent.services.guardians import takes_minors
from studies.access.permissions import Permission
from studies.consent_texts.models import ConsentDocument
from studies.consent_texts.services import version_in_force
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page


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
        "zone": study.time_zone,
        "preview": True,
        "form": PhoneConsentForm(
            document=document, reading=ConsentReading(), guardian=takes_minors(study)
        ),
        **pages_of(document, before),
    }
    with translation.override(document.language):
        return render(request, "participants/consent/my/consent_review.html", context)

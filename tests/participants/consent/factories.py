"""Consents that were given."""

import factory

from participants.consent.models import Consent
from tests.factories import NOW, Counting, sha256
from tests.participants.people.factories import ParticipantFactory
from tests.studies.consent_texts.factories import ConsentDocumentFactory


class ConsentFactory(Counting):
    class Meta:
        model = Consent

    participant = factory.SubFactory(ParticipantFactory)
    document = factory.SubFactory(
        ConsentDocumentFactory, study=factory.SelfAttribute("..participant.study")
    )
    document_sha256 = factory.SelfAttribute("document.sha256")
    choices = {"ai_scoring": True, "future_research": False, "publication": False}
    sealed_name = b"sealed"
    signature_file = "consents/x/signature.png"
    pdf_file = "consents/x/consent.pdf"
    pdf_sha256 = sha256("pdf")
    given_at = NOW

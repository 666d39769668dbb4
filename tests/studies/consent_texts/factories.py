"""Consent texts, with values a coordinator would recognise."""

import factory

from studies.consent_texts.models import ConsentDocument
from tests.factories import NOW, Counting, sha256
from tests.studies.protocol.factories import StudyFactory


class ConsentDocumentFactory(Counting):
    class Meta:
        model = ConsentDocument

    study = factory.SubFactory(StudyFactory)
    language = "en"
    version = "1.0"
    title = "Taking part in the melasma study"
    body = "# What happens\n\nYou send photos of your face at five visits."
    choices = [
        {"code": "ai_scoring", "text": "Software may score my photos.", "required": True},
        {"code": "future_research", "text": "Later research may use them.", "required": False},
        {"code": "publication", "text": "Publications may show them.", "required": False},
    ]
    state = ConsentDocument.State.IN_FORCE
    in_force_at = NOW
    sha256 = factory.LazyAttribute(lambda d: sha256(d.title + d.version))

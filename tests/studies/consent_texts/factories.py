"""Consent texts, with values a coordinator would recognise."""

from typing import Any

import factory

from studies.consent_texts.models import ConsentDocument, ConsentVersion
from tests.factories import NOW, Counting, sha256
from tests.studies.protocol.factories import StudyFactory


class ConsentDocumentFactory(Counting):
    """``version`` is a number; as in the services, a new one in force is a new edition."""

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

    @classmethod
    def _adjust_kwargs(cls, **kwargs: Any) -> dict[str, Any]:
        rows = ConsentVersion.objects.filter(study=kwargs["study"])
        version, _made = rows.get_or_create(study=kwargs["study"], number=kwargs["version"])
        if kwargs["state"] != ConsentDocument.State.DRAFT and not version.edition:
            version.edition = max(rows.values_list("edition", flat=True)) + 1
            version.save()
        return {**kwargs, "version": version}
